"""The policy that GAMSA_POLICY names, read before anything is started by it."""

from pathlib import Path

import click

import policies
from audit.policy import Policy
from audit.policy_file import PolicyError
from stream import detector_file


def files(folder: Path) -> dict[str, bytes]:
    """The files of the catalogue in this folder, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.yaml"))}


def load(folder: Path) -> Policy:
    """Read the catalogue in this folder; a broken one is wrong use, said whole: status 2."""
    try:
        policy = policies.load_policy(folder)
        detector_file.load(folder, policy)
    except PolicyError as broken:
        wrong = click.ClickException(str(broken))
        wrong.exit_code = 2
        raise wrong from broken
    return policy
