"""Who may import whom, read from the source."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# A foreign library lives in its adapters; elsewhere its vocabulary must not appear.
WALLS = {
    "ultralytics": ("instavid.segmenters.", "instavid.trackers."),
    "click": ("instavid.cli", "instagan.cli", "instagan.train"),
    "tqdm": ("instavid.cli",),
    "matplotlib": ("instavid.metrics.pair_plots",),
    "onnx": ("instagan.exports.onnx_file",),
    "onnxruntime": ("instagan.exports.onnx_file",),
    "tensorboard": (),
    "av": (
        "instavid.picture",
        "instavid.media.",
        "instavid.sources.",
        "instavid.sinks.",
        "instavid.meadow.clip",
        "instavid.checks",
    ),
}
COMMAND_LINES = ("instavid.cli", "instagan.cli", "instagan.train.")
ADAPTERS = ("sources", "sinks", "segmenters", "trackers", "followers", "translators")
CORE_MAY_IMPORT = (
    "instavid.core",
    "instavid.types",
    "instavid.picture",
    "instavid.orientation",
    "instavid.errors",
    "instagan.",
)


def modules() -> dict[str, Path]:
    found = {}
    for package in ("instagan", "instavid"):
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(path: Path, *, only_at_import: bool) -> Iterator[str]:
    """Yield the full names that a module imports, those of type checking left out."""

    def walk(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            return
        if only_at_import and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else str(node.module)
        for child in ast.iter_child_nodes(node):
            yield from walk(child)

    yield from walk(ast.parse(path.read_text()))


def is_within(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == prefix.rstrip(".") or name.startswith(prefix) for prefix in allowed)


def test_there_are_modules_to_check() -> None:
    assert len(MODULES) > 40
    assert "instavid.pipeline" in MODULES


def test_instagan_knows_nothing_of_video() -> None:
    forbidden = ("instavid", "av", "cv2", "ultralytics")
    for name, path in MODULES.items():
        if name.startswith("instagan"):
            for imported in imports(path, only_at_import=False):
                assert imported.split(".")[0] not in forbidden, f"{name} imports {imported}"


def test_no_loss_can_ask_those_who_judge_the_results() -> None:
    # Neither classifier nor detector nor Inception: what is trained against is no judge any more.
    for name, path in MODULES.items():
        if name.startswith("instagan"):
            for imported in imports(path, only_at_import=False):
                assert not imported.startswith(("torchvision.models", "instavid.metrics")), name
                assert not imported.startswith("instavid.classifiers"), name


@pytest.mark.parametrize("library", WALLS)
def test_a_foreign_library_stays_in_its_adapters(library: str) -> None:
    for name, path in MODULES.items():
        for imported in imports(path, only_at_import=False):
            if imported.split(".")[0] == library:
                assert is_within(name, WALLS[library]), f"{name} imports {imported}"


def test_adapters_do_not_import_each_other() -> None:
    for name, path in MODULES.items():
        parts = name.split(".")
        if len(parts) < 3 or parts[1] not in ADAPTERS:
            continue
        for imported in imports(path, only_at_import=False):
            other = imported.split(".")
            if other[0] == "instavid" and len(other) > 1 and other[1] in ADAPTERS:
                assert other[1] == parts[1], f"{name} imports {imported}"


def test_the_core_is_pure() -> None:
    for name, path in MODULES.items():
        if name.startswith("instavid.core"):
            for imported in imports(path, only_at_import=False):
                if imported.split(".")[0] in ("instavid", "instagan"):
                    assert is_within(imported, CORE_MAY_IMPORT), f"{name} imports {imported}"


def test_only_the_command_line_imports_the_command_line() -> None:
    for name, path in MODULES.items():
        if not is_within(name, COMMAND_LINES):
            for imported in imports(path, only_at_import=False):
                assert not is_within(imported, COMMAND_LINES), f"{name} imports {imported}"


def test_no_modules_import_each_other_in_a_ring() -> None:
    graph = {
        name: {i for i in imports(path, only_at_import=True) if i in MODULES and i != name}
        for name, path in MODULES.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"import ring: {' -> '.join(error.args[1])}")
