"""What a student might put on the page of the person who reads it.

Each HTML would, if it worked, change the title, the page or the address, run a script that sets
`window.hacked`, ask the network for something, or look like the judge.
"""

from __future__ import annotations

ADDRESS = "http://127.0.0.1:9/"
RUN = "window.hacked=1;document.title='hacked'"
VERDICT = (
    '<div class="kit-verdict verdict"><strong>IMITATED: 9 of 9 checks passed.</strong><ul>'
    '<li class="passed" style="border-left:3px solid #009E73">✓ passed: all</li></ul></div>'
)
HTML = [
    f"<script>{RUN}</script>",
    f'<script src="{ADDRESS}a.js"></script>',
    f'<img src="x" onerror="{RUN}">',
    f'<img src="{ADDRESS}a.png" srcset="{ADDRESS}b.png 2x">',
    f'<a href="javascript:{RUN}">a link that runs</a>',
    f'<a href="  java\nscript:{RUN}">another link that runs</a>',
    f'<a href="data:text/html,<script>{RUN}</script>">a link to data</a>',
    f"<svg><script>{RUN}</script><a xlink:href='javascript:{RUN}'><text>x</text></a></svg>",
    f'<svg onload="{RUN}"></svg><svg><animate onbegin="{RUN}" attributeName="x" dur="1s"></svg>',
    f'<iframe srcdoc="<script>parent.{RUN}</script>"></iframe>',
    f'<iframe src="{ADDRESS}"></iframe><object data="{ADDRESS}"></object><embed src="{ADDRESS}">',
    f'<meta http-equiv="refresh" content="0;url={ADDRESS}">',
    f'<base href="{ADDRESS}"><link rel="stylesheet" href="{ADDRESS}a.css">',
    f'<form action="{ADDRESS}"><input autofocus onfocus="{RUN}"><button>Send</button></form>',
    '<div style="position:fixed;inset:0;z-index:9999;background:#fff">All points</div>',
    f"<style>@import url({ADDRESS}a.css); body {{ display: none }}</style>",
    f'<p style="background:url({ADDRESS}a.png)">p</p><table background="{ADDRESS}a.png"></table>',
    "<title>hacked</title><h1>Summary</h1><h5></h5><table><tr><td>40 of 40</table>",
    '<div id="exercise-2">A wrong place</div><a name="exercise-2"></a><p id="summary">x</p>',
    f'<math><mtext><img src=x onerror="{RUN}"></mtext><maction xlink:href="javascript:{RUN}">x',
    f'<noscript><p title="</noscript><img src=x onerror={RUN}>">',
    "<math><mtext><table><mglyph><style><!--</style>"
    f'<img title="--&gt;&lt;img src=x onerror={RUN}&gt;">',
    f'<code class="kit-display">\\text{{<img src=x onerror="{RUN}">}}</code>',
    "</div></div></main></body></html><p>after the end",
    "<li>no list</li><ul><p>no entry</p>text</ul><dl><p>x</dl><a href='https://example.org'></a>",
    "<b>" * 50_000 + "deep",
    VERDICT,
]
CELLS = [
    *(f"from IPython.display import HTML, display\ndisplay(HTML({html!r}))" for html in HTML),
    f"from IPython.display import Javascript\nJavascript({RUN!r})",
    "from IPython.display import SVG\n"
    f'SVG(\'<svg xmlns="http://www.w3.org/2000/svg" onload="{RUN}" width="9" height="9">'
    f'<script>{RUN}</script><image href="{ADDRESS}a.png"/></svg>\')',
    f"from IPython.display import Markdown\nMarkdown('''<img src=x onerror=\"{RUN}\"> # 40''')",
    f"from IPython.display import Latex\nLatex(r'''$\\href{{javascript:{RUN}}}{{x}}$''')",
    "from IPython.display import display\n"
    f"display({{'image/png': 'AAAA\" onerror=\"{RUN}'}}, raw=True)\n"
    f"display({{'image/jpeg': 'AAAA'}}, raw=True, metadata={{'image/jpeg': "
    f"{{'alt': '\" onload=\"{RUN}', 'width': '1 onload={RUN}'}}}})",
    f"raise ValueError('<img src=x onerror=\"{RUN}\">')",
]
MARKDOWN = [
    *HTML,
    f"[runs](javascript:{RUN}) <javascript:{RUN}> ![x](javascript:{RUN})",
    f'![x](data:image/svg+xml;base64,AAAA "t\\" onerror=\\"{RUN}")',
    "![gone](attachment:gone.png) ![file](../../../gradebook.db)",
    f'$$\\text{{</span></math><img src=x onerror="{RUN}">}}$$ $\\color{{red;}}x$',
    f'![$x$](x" onerror="{RUN})',
    "# 40 of 40 points\n\n###### deep\n\n## All points",
]
STREAM = f"print('<script>{RUN}</script>{VERDICT}')"

# Runs before anything of the page, and notes what scripts would do.
TRACKED = "window.hacked = 0;"
