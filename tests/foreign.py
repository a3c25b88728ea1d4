"""Notebooks as other front ends than JupyterLab save them."""

from __future__ import annotations

import json
from typing import Any

from nbformat import NotebookNode


def of_colab(notebook: NotebookNode) -> bytes:
    """Of Google Colab: format 4.0, without ids of cells, but with names of its own for them."""
    saved = json.loads(json.dumps(notebook))
    for number, cell in enumerate(saved["cells"]):
        name = f"xT7_{number}Qk-bZ"
        del cell["id"]
        cell["source"] = cell["source"].splitlines(keepends=True)
        cell["metadata"] |= {"id": name}
        if cell["cell_type"] == "code":
            cell["metadata"] |= {
                "colab": {"base_uri": "https://localhost:8080/", "height": 35},
                "outputId": "5c8d2f5e-7d3b-4b6e-f8a9-2f1d3c4b5a69",
                "cellView": "form",
            }
    saved["metadata"] = {
        "colab": {"provenance": [], "gpuType": "T4", "toc_visible": True},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
        "accelerator": "GPU",
    }
    return _written(saved, minor=0)


def of_vs_code(notebook: NotebookNode) -> bytes:
    """Of VS Code, which names the language of cells, and the kernel's version."""
    saved = json.loads(json.dumps(notebook))
    for cell in saved["cells"]:
        if cell["cell_type"] == "code":
            cell["metadata"] |= {"vscode": {"languageId": "python"}}
    saved["metadata"] = {
        "kernelspec": {"display_name": ".venv", "language": "python", "name": "python3"},
        "language_info": {
            "codemirror_mode": {"name": "ipython", "version": 3},
            "name": "python",
            "nbconvert_exporter": "python",
            "version": "3.12.4",
        },
    }
    return _written(saved, minor=5)


def _written(notebook: dict[str, Any], minor: int) -> bytes:
    return json.dumps(notebook | {"nbformat": 4, "nbformat_minor": minor}, indent=2).encode()
