"""The way to deploy a node works as it is written, as far as that can be tried without changing this machine."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNIT = DEPLOY / "systemd" / "sanlian.service"
BACKUP = DEPLOY / "systemd" / "sanlian-backup.service"
TIMER = BACKUP.with_suffix(".timer")
SCRIPT = "\n".join(re.findall(r"```sh\n(.*?)```", (DEPLOY / "README.md").read_text("utf-8"), re.DOTALL))
# Steps that change the machine itself, or fetch packages: left out, and what is tried does not depend on them.
MACHINE = ("useradd ", "chown ", "systemctl ", "python3 -m venv ", "/opt/sanlian/bin/pip ", "install -m 0644 ")


def settings_of_unit(unit: Path = UNIT) -> dict[str, str]:
    lines = [line for line in unit.read_text("utf-8").splitlines() if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_the_unit_and_the_page_speak_of_the_same_folder_user_and_settings() -> None:
    unit = settings_of_unit()
    folder = f"/var/lib/{unit['StateDirectory']}"
    assert f"SANLIAN_DIR={folder}" in SCRIPT  # the verbs and the service find the same node
    assert f"install -d -o {unit['User']} -g {unit['Group']} -m {unit['StateDirectoryMode']} {folder}" in SCRIPT
    assert f"useradd --system --home-dir {folder}" in SCRIPT
    assert unit["EnvironmentFile"] in SCRIPT
    assert f"{unit['ExecStart'].split()[0]} " in SCRIPT
    assert "SANLIAN_DIR" not in UNIT.read_text("utf-8"), "said in one place: the file of settings"


def test_a_city_is_set_up_by_the_commands_as_printed(tmp_path: Path) -> None:
    """Below another root, without the steps that change the machine, and as whoever runs the tests."""
    root = tmp_path / "root"
    for folder in ("opt/sanlian/bin", "usr/local/sbin", "etc", "var/lib"):
        (root / folder).mkdir(parents=True)
    program = root / "opt/sanlian/bin/sanlian"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m app "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    script = "\n".join(line for line in SCRIPT.splitlines() if not line.startswith(MACHINE))
    script = re.sub(r" -o \w+ -g \w+", "", script)
    script = re.sub(r"setpriv .*--init-groups ", "", script)
    for path in ("/opt/sanlian", "/var/lib/sanlian", "/etc/sanlian", "/usr/local/sbin"):
        script = script.replace(path, str(root) + path)
    done = subprocess.run(
        ["sh", "-euc", script],
        cwd=tmp_path,
        env={
            "PATH": f"{root}/usr/local/sbin:{os.environ['PATH']}",
            "PYTHONPATH": str(DEPLOY.parent),
            "SANLIAN_PASSWORD": "correct horse battery",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "added admin (admin)" in done.stdout
    assert "wrong" not in done.stdout
    assert "node guangzhou (city 440100), trusted through guangzhou" in done.stdout
    assert (root / "var/lib/sanlian/sanlian.db").exists()
    assert (root / "var/lib/sanlian/keys/guangzhou.key").exists()


def test_the_backup_runs_as_the_node_with_its_settings_and_its_walls() -> None:
    node, backup = settings_of_unit(), settings_of_unit(BACKUP)
    own = {"Description", "Type", "ExecStart", "Nice", "IOSchedulingClass"}
    assert {name: value for name, value in backup.items() if name not in own}.items() <= node.items()
    assert backup["ExecStart"].split()[:2] == [node["ExecStart"].split()[0], "backup"]
    assert f"{TIMER.name}" in SCRIPT


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("unit", [UNIT, BACKUP, TIMER], ids=lambda unit: str(unit.name))
def test_systemd_finds_nothing_wrong_with_the_unit(unit: Path, tmp_path: Path) -> None:
    for one in (UNIT, BACKUP, TIMER):
        # The program is not installed on this machine; everything else is judged as it stands.
        words = one.read_text("utf-8").replace("/opt/sanlian/bin/sanlian serve", "/bin/true")
        words = words.replace("/opt/sanlian/bin/sanlian backup", "/bin/true")
        (tmp_path / one.name).write_text(words, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    about_ours = [line for line in done.stderr.splitlines() if "sanlian" in line]
    assert (done.returncode, about_ours) == (0, []), done.stderr
