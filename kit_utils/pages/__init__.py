"""What notebooks hold as HTML that can do no harm: for feedback pages, and for reports in print.

A file for each idea:

    markdown       text cells
    maths          their formulas, as MathML
    headings       their headings, fitted into a page
    pictures       pictures in them and beside the notebook, drawn again
    sanitise       removes from HTML whatever could act or load something
    preformatted   text shown as it is
    template       the templates that pages are made from
"""
