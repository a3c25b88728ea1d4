"""Makes HTML of students and notebooks harmless, and fits it into a page.

Text, tables, lists, and pictures with their data remain. Scripts, styles, classes, ids, frames,
forms and addresses that a browser would load are removed.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import nh3
from bs4 import BeautifulSoup, Tag
from markupsafe import Markup

from kit_utils.pages.headings import Outline
from kit_utils.pages.maths import Formulas

LONGEST = 200_000  # characters, pictures not counted
DEEPEST = 100  # levels of nesting; thousands make a browser slow
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = {"blockquote", "dd", "div", "dl", "dt", "hr", "li", "ol", "p", "pre", "ul"}
TABLES = {"caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr"}
WORDS = {"a", "b", "br", "code", "del", "em", "i", "img", "kbd", "s", "span", "strong", "sub"}
WORDS |= {"details", "summary", "sup", "u"}
DROPPED = {"iframe", "math", "noscript", "object", "script", "style", "svg", "template", "title"}
PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]+")
LINK = re.compile(r"(https?|mailto):", re.IGNORECASE)
# The markdown renderer marks formulas with these classes; students may write them too.
MATHS = {"kit-inline": False, "kit-display": True}


def clean(
    html: str,
    outline: Outline,
    *,
    picture: str = "Picture",
    find: Callable[[str], str] = lambda url: url,
    formulas: Formulas | None = None,
) -> Markup:
    """Return harmless HTML.

    Args:
        html: anything.
        outline: finds the level of headings on the page.
        picture: alternative text for pictures without one.
        find: returns the data URL for the address of a picture; without one, it is not shown.
        formulas: holds the LaTeX definitions of the page.
    """
    if len(re.sub(PICTURE, "", html)) > LONGEST:
        return Markup("<p><em>Too long to be shown.</em></p>")
    harmless = nh3.clean(
        html,
        tags=BLOCKS | TABLES | WORDS | set(HEADINGS),
        clean_content_tags=DROPPED,
        attributes={
            "a": {"href"},
            "img": {"alt", "src", "width"},
            "td": {"colspan", "rowspan"},
            "th": {"colspan", "rowspan"},
        },
        attribute_filter=_filter_attribute,
        allowed_classes={"code": set(MATHS)},
        url_schemes={"attachment", "data", "http", "https", "mailto"},
    )
    if _depth(harmless) > DEEPEST:
        return Markup("<p><em>Too deeply nested to be shown.</em></p>")
    tree = BeautifulSoup(harmless, "html.parser")
    for image in tree("img"):
        image["src"] = find(str(image.get("src", "")))
    _set_maths(tree, formulas or Formulas())
    for change in (_mend_pictures, _mend_lists, _mend_links):
        change(tree)
    for image in tree("img"):
        image["alt"] = image.get("alt") or picture
    for heading in tree(HEADINGS):
        if heading.get_text(strip=True):
            heading.name = f"h{outline.place(int(heading.name[1]))}"
        else:
            heading.unwrap()
    for table in tree("table"):
        # Wide tables scroll, with the keyboard too.
        table.wrap(tree.new_tag("div", attrs=_scroll_box("Table")))
    return Markup(str(tree))


def _depth(html: str) -> int:
    """Return how deep the elements of well-formed HTML are nested."""
    depth = deepest = 0
    for tag in re.finditer(r"<(/?)(?!br|hr|img)[a-z]", html):
        depth += -1 if tag[1] else 1
        deepest = max(deepest, depth)
    return deepest


def _filter_attribute(tag: str, name: str, value: str) -> str | None:
    """Return the value of an attribute if it is allowed, else None."""
    if name == "href":
        return value if LINK.match(value) else None
    if name == "width":
        return value if value.isdecimal() and int(value) < 10_000 else None
    if name in ("colspan", "rowspan"):
        return value if value.isdecimal() and int(value) <= 100 else None
    return value


def _scroll_box(label: str) -> dict[str, str]:
    return {"class": "scroll", "tabindex": "0", "role": "group", "aria-label": label}


def _set_maths(tree: BeautifulSoup, formulas: Formulas) -> None:
    for code in tree("code", class_=list(MATHS)):
        display = MATHS[code["class"][0]]
        formula = BeautifulSoup(formulas.mathml(code.get_text(), display=display), "html.parser")
        if display:
            code.wrap(tree.new_tag("span", attrs=_scroll_box("Equation")))
        code.replace_with(formula)


def _mend_pictures(tree: BeautifulSoup) -> None:
    """Replace each picture without data by a line of text."""
    for image in tree("img"):
        if not PICTURE.fullmatch(str(image.get("src", ""))):
            name = image.get("alt") or "without a text"
            image.replace_with(f"[A picture is not shown: {name}]")


def _mend_lists(tree: BeautifulSoup) -> None:
    """Put entries into lists, and only entries. Open folded parts, for print."""
    for other in tree(["dl", "dt", "dd", "details", "summary"]):
        other.name = "div"
    for entry in tree("li"):
        if entry.parent is None or entry.parent.name not in ("ul", "ol"):
            entry.name = "div"
    for child in [child for many in tree(["ul", "ol"]) for child in many.children]:
        is_entry = isinstance(child, Tag) and child.name == "li"
        if not is_entry and (isinstance(child, Tag) or str(child).strip()):
            child.wrap(tree.new_tag("li"))


def _mend_links(tree: BeautifulSoup) -> None:
    for link in tree("a"):
        if not link.get("href") or not link.get_text(strip=True):
            link.unwrap()
