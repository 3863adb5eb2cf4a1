"""The import rule: packages import to their left, and each library has one adapter."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("ingest", "app", "eval")

# Which modules may import a package further right; app/cli.py puts the whole line together.
LEFTWARD: dict[str, dict[str, set[str]]] = {
    "ingest": {"app": set(), "eval": set()},
    "app": {"eval": {"app/cli.py"}},
    "eval": {},
}
# Which modules may import a library at all: its types do not travel further.
ADAPTERS: dict[str, set[str]] = {
    "gradio": {
        f"app/ui/{name}.py"
        for name in ("api", "ask_tab", "choosing", "handlers", "library_tab", "page", "visitors")
    },
    "llama_index": {
        "app/llamaindex.py",
        "app/integrations/model.py",
        "app/integrations/nodes.py",
        "app/integrations/postprocessor.py",
        "app/integrations/tracing.py",
        "eval/judging/judge.py",
        "ingest/embedding/llamaindex.py",
    },
    "chromadb": {"ingest/stores/chroma.py"},
    "psycopg": {"ingest/catalog/postgresql.py"},
    "tantivy": {"ingest/stores/lexicon.py", "ingest/text/terms.py"},
    "sqlalchemy": {
        f"ingest/catalog/{name}.py"
        for name in (
            "database",
            "dialects",
            "home",
            "postgresql",
            "reading",
            "schema",
            "sharing",
            "shelves",
            "sqlite",
            "writing",
        )
    },
    "openai": {"app/llm/client.py"},
    "ray": {"ingest/shared/ray.py"},
    "wordllama": {"ingest/embedding/models.py"},
    "fastembed": {"ingest/embedding/onnx.py"},
    "onnxruntime": {"ingest/embedding/encoder.py", "ingest/embedding/onnx.py"},
    "tokenizers": {"ingest/embedding/encoder.py"},
    "httpx": {
        "app/llm/client.py",
        "eval/systems/service.py",
        "ingest/embedding/server.py",
        "ingest/stores/chroma.py",
    },
    "tenacity": {"ingest/servers/failover.py"},
}
# Adapters that do something useful without the library, so they import it inside functions only.
LAZY = {
    ("llama_index", "eval/judging/judge.py"),
    ("llama_index", "ingest/embedding/llamaindex.py"),
    ("openai", "app/llm/client.py"),
    ("chromadb", "ingest/stores/chroma.py"),
    ("httpx", "ingest/stores/chroma.py"),
    ("psycopg", "ingest/catalog/postgresql.py"),
    ("ray", "ingest/shared/ray.py"),
}
HEAVY = ("gradio", "llama_index", "chromadb")


def _names(node: ast.AST, package: str) -> list[str]:
    """The modules that a node imports, as absolute names; `package` resolves relative ones."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = ".".join(package.split(".")[: len(package.split(".")) + 1 - node.level])
        return [".".join(filter(None, [base if node.level else "", node.module]))]
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        function = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        function = node.func.id if isinstance(node.func, ast.Name) else function
        if function in ("import_module", "__import__"):
            return [str(node.args[0].value)]
    return []


def _imports(node: ast.AST, package: str, inside: bool = False) -> Iterator[tuple[str, bool, int]]:
    """Every import below a node: name, whether it stands inside a function, line."""
    for child in ast.iter_child_nodes(node):
        for name in _names(child, package):
            yield name, inside, getattr(child, "lineno", 0)
        function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from _imports(child, package, inside or function)


def _modules(root: Path) -> list[Path]:
    return [path for name in PACKAGES for path in sorted((root / name).rglob("*.py"))]


def violations(root: Path) -> list[str]:
    """What breaks the rule in the packages under `root`, as `file:line: reason`."""
    found = []
    for path in _modules(root):
        where = path.relative_to(root).as_posix()
        package = ".".join(path.relative_to(root).parent.parts)
        for name, inside, line in _imports(ast.parse(path.read_text("utf-8")), package):
            top = name.split(".")[0]
            right = LEFTWARD[package.split(".")[0]].get(top)
            if right is not None and where not in right and not _starts_the_cli(where, name):
                found.append(f"{where}:{line}: imports {name}, which is to its right")
            if top in ADAPTERS and where not in ADAPTERS[top]:
                found.append(f"{where}:{line}: imports {name}, which only its adapter may")
            if (top, where) in LAZY and not inside:
                found.append(f"{where}:{line}: imports {name} outside a function")
    return found


def _starts_the_cli(where: str, name: str) -> bool:
    return where.endswith("/__main__.py") and name == "app.start"


def test_packages_import_only_to_their_left_and_libraries_only_in_their_adapters() -> None:
    assert len(_modules(ROOT)) >= len(PACKAGES), "no modules were read"
    assert violations(ROOT) == []


def test_nothing_is_allowed_that_is_not_done() -> None:
    """A library, a module or a right to import that is gone goes from the tables too."""
    done = {
        (name.split(".")[0], path.relative_to(ROOT).as_posix())
        for path in _modules(ROOT)
        for name, *_ in _imports(ast.parse(path.read_text("utf-8")), path.parent.name)
    }
    allowed = {(library, where) for library, places in ADAPTERS.items() for where in places}
    allowed |= {
        (name, where) for right in LEFTWARD.values() for name in right for where in right[name]
    }
    assert sorted((allowed | LAZY) - done) == []


@pytest.mark.parametrize(
    ("where", "code", "expected"),
    [
        ("ingest/papers/merging.py", "from app.answer import Answer", "to its right"),
        ("ingest/papers/merging.py", "def f():\n    import eval.scoring.measures", "to its right"),
        ("app/engine.py", "from eval import measures", "to its right"),
        ("app/cli.py", "from eval.running.run import run", None),
        ("app/engine.py", "from ingest.records import Paper", None),
        ("app/extractive/lists.py", "from . import extractive", None),
        ("app/extractive/lists.py", "from ..eval import measures", None),  # app.eval
        ("app/__main__.py", "from app.start import main", None),
        ("ingest/__main__.py", "from app.start import main", None),
        ("ingest/__main__.py", "from app.answer import Answer", "to its right"),
        ("app/engine.py", "if TYPE_CHECKING:\n    from gradio import Blocks", "only its adapter"),
        ("app/engine.py", "import_module('llama_index.core')", "only its adapter"),
        (
            "app/engine.py",
            "import importlib\nimportlib.import_module('chromadb')",
            "only its adapter",
        ),
        ("ingest/pipeline.py", "import chromadb.api", "only its adapter"),
        ("ingest/stores/chroma.py", "def f():\n    import chromadb", None),
        ("app/ui/page.py", "import gradio as gr", None),
        ("app/llm/client.py", "import openai", "outside a function"),
        ("app/llm/client.py", "def f():\n    import openai", None),
    ],
)
def test_each_breach_is_seen_and_nothing_else(
    tmp_path: Path, where: str, code: str, expected: str | None
) -> None:
    module = tmp_path / where
    module.parent.mkdir(parents=True)
    module.write_text(code, "utf-8")
    found = violations(tmp_path)
    if expected is None:
        assert found == []
    else:
        assert len(found) == 1
        assert expected in found[0]


def _shadows_eval(tree: ast.AST) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if (alias.asname or alias.name.split(".")[0]) == "eval"
    ]


def test_no_module_shadows_the_builtin_eval() -> None:
    assert _shadows_eval(ast.parse("import eval.scoring.measures")) == [1]
    found = [
        f"{path}:{line}"
        for path in _modules(ROOT)
        for line in _shadows_eval(ast.parse(path.read_text("utf-8")))
    ]
    assert found == [], "write `from eval.x import y`"


def test_the_command_line_starts_without_heavy_libraries() -> None:
    code = "import json, sys, app.cli; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert [name for name in json.loads(run.stdout) if name in HEAVY] == []


def test_open_engine_costs_nothing_until_it_is_called() -> None:
    code = "import json, sys\nfrom app import open_engine\nprint(json.dumps(sorted(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in json.loads(run.stdout)}
    assert loaded & {"ingest", "pydantic", "numpy", "typer", *HEAVY} == set()


def test_an_answer_without_a_model_imports_no_llamaindex(sample_index: Path) -> None:
    code = (
        "import json, sys\nfrom app.cli import main\n"
        "sys.argv = ['askpapers', 'ask', 'What is SGIL?', '--index', sys.argv[1]]\n"
        "try:\n    main()\nfinally:\n    print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(sample_index)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "Social Graph Invariant Learning" in run.stdout
    loaded = {name.split(".")[0] for name in json.loads(run.stderr.splitlines()[-1])}
    assert loaded & {"llama_index", "llama_index_instrumentation", "openai", "gradio"} == set()
