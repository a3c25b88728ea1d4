"""The report of a lab as one PDF, like an article set by LaTeX.

A file for each idea:

    writeup    makes the PDF, or a page of HTML where nothing can print it
    article    what belongs into the report: texts, figures, results
    page       the article as a page of HTML, for the browser
    latex      the article as LaTeX
    browser    finds a browser, and prints with it
    programs   runs a program in a folder that holds nothing but its files
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
