"""What platforms call the columns of a roster.

Read from the code and the documents of Canvas, Moodle, Blackboard, Brightspace, GitHub Classroom
and Gradescope.
"""

from __future__ import annotations

import re

# The columns of nbgrader's table of students, and those that only the kit keeps.
NBGRADER = ("id", "last_name", "first_name", "email", "lms_user_id")
OWN = ("login", "number", "github")
# In each, a value names one student: no two share it.
UNIQUE = ("id", "email", "lms_user_id", *OWN)
# Of these, the first that a table has names the students of the course, unless told otherwise.
NAMES_STUDENTS = ("id", "login", "number", "email")

HEADINGS = {
    "id": ["id", "student_id"],
    "last_name": [
        "last_name",
        "lastname",
        "surname",
        "family name",
        "nachname",
        "nom",
        "apellido(s)",
    ],
    "first_name": ["first_name", "firstname", "given name", "vorname", "prénom", "nombre"],
    "name": ["student", "full name", "name", "vollständiger name", "nom complet"],
    "email": [
        *("email", "e-mail", "mail", "email address", "e-mail address", "e-mail-adresse"),
        *("adresse de courriel", "dirección de correo"),
    ],
    "lms_user_id": ["lms_user_id", "canvas user id", "user id"],
    "login": [
        *("login", "sis login id", "username", "user name", "login id", "anmeldename"),
        *("nom d’utilisateur", "nom d'utilisateur", "nombre de usuario"),
    ],
    "number": [
        *("number", "sis user id", "student id", "id number", "orgdefinedid", "sid"),
        *("id-nummer", "matrikelnummer", "numéro d’identification", "numéro d'identification"),
        *("número de id", "student number", "roster_identifier"),
    ],
    "github": ["github", "github_username", "github username"],
}
CANVAS = "Canvas's gradebook"
FORMS = {
    CANVAS: {"student", "id", "sis login id"},
    "Moodle": {"email address", "id number"},
    "Blackboard's Grade Center": {"username", "student id", "availability"},
    "GitHub Classroom's roster": {"identifier", "github_username"},
    "Brightspace": {"orgdefinedid", "end-of-line indicator"},
    "nbgrader's students": {"id"},
}
# The `ID` of Canvas is the platform's own. An `Identifier` of Moodle names no student: each
# assignment has others.
OF_FORM = {
    CANVAS: {"id": [], "lms_user_id": ["id"]},
    "GitHub Classroom's roster": {"number": ["identifier"]},
}
NOBODY = re.compile(r"student, test|test student|points possible|manual posting\b.*|muted", re.I)


def form_of(headings: list[str]) -> str:
    """Return the platform that has these headings; empty if it is not known."""
    there = set(map(_plain, headings))
    return next((name for name, needed in FORMS.items() if needed <= there), "")


def columns_of(headings: list[str]) -> dict[str, str]:
    """Return which heading stands for which column of the roster."""
    plain = {_plain(name): name for name in reversed(headings)}
    own = OF_FORM.get(form_of(headings), {})
    found: dict[str, str] = {}
    for column, names in HEADINGS.items():
        names = own.get(column, names)
        if heading := next((plain[name] for name in names if name in plain), ""):
            found[column] = heading
    return found


def _plain(heading: str) -> str:
    """Reduce a heading to what platforms do not vary: `Last Name` is `last_name`."""
    text = heading.strip().casefold()
    known = {name for names in HEADINGS.values() for name in names}
    return (
        text
        if text in known
        else next(
            (form for form in (text.replace(" ", "_"), text.replace("_", " ")) if form in known),
            text,
        )
    )
