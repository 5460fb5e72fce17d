"""With local weights no command opens a connection, starts pip, or writes where nobody asked."""

from pathlib import Path

from audited import call_audited, clean_environment
from whole_cli import every_command
from world import World


def test_every_command_keeps_to_itself(world: World, tmp_path: Path) -> None:
    home, cache, results, place = (tmp_path / n for n in ("home", "cache", "results", "place"))
    for folder in (home, results, place, tmp_path / "tmp"):
        folder.mkdir()
    found = call_audited(
        every_command(world, results),
        environment=clean_environment(
            HOME=str(home), INSTAVID_CACHE=str(cache), TMPDIR=str(tmp_path / "tmp")
        ),
        folder=place,
    )
    wrong = [call for call in found.calls if call.code or "Traceback" in call.err]
    assert [call for call in wrong if call.code != 3] == []  # untrained weights find nothing
    assert found.network == []
    assert [process for process in found.processes if "pip" in process] == []
    allowed = (str(results), str(cache), "/dev/null", str(tmp_path / "tmp"))
    assert [path for path in found.writes if not path.startswith(allowed)] == []
    for folder in (home, place):
        assert list(folder.iterdir()) == []
    # torch makes an empty one for its compiler.
    assert {path.name.partition("_")[0] for path in (tmp_path / "tmp").iterdir()} <= {
        "torchinductor"
    }
