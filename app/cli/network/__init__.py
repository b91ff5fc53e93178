"""`sanlian network`: a real network of nodes on this machine, for trying things out and for development."""

import time
from pathlib import Path
from typing import Annotated

import typer

from app.cli.network.plan import STREETS

app = typer.Typer(no_args_is_help=True, help="A network of real nodes on this machine.")


@app.callback()
def network() -> None:
    """A network of real nodes on this machine."""


@app.command("up")
def up(
    directory: Annotated[Path, typer.Option("--dir", help="Folder of the network: a folder for each node.")] = Path(
        "var"
    ),
    base_port: Annotated[
        int, typer.Option(min=1024, max=65000, help="The city's port; district + 10, streets from + 11.")
    ] = 8000,
    streets: Annotated[int, typer.Option(min=1, max=len(STREETS), help="How many street offices of 越秀区.")] = 2,
    sample: Annotated[bool, typer.Option(help="Enter fictitious employers, vacancies and job seekers.")] = True,
) -> None:
    """Start city 广州市, district 越秀区 and street offices, one process each, and show how they are.

    The first start sets them up with demo accounts and sample data; the next ones carry on. Ctrl-C stops everything. A
    node that dies is shown as stopped, and the rest goes on; r at the table, or the same command in another terminal,
    starts it again.
    """
    from app.cli.console import console
    from app.cli.network import bring_up, folder, view
    from app.cli.network.credentials import Credentials
    from app.cli.network.keys import keys
    from app.cli.network.plan import plan_network
    from app.cli.network.ports import check_ports
    from app.cli.network.processes import NodeProcess, stop_all
    from app.cli.network.stopping import Stopped, StopSignals
    from app.cli.network.watch import Watch

    began = time.monotonic()
    plans = plan_network(directory, base_port, streets)
    nodes = [NodeProcess(plan) for plan in plans]
    with folder.held(directory), StopSignals() as signals:
        made = folder.open_folder(directory, streets)
        check_ports(plans)
        try:
            credentials = Credentials(directory)
            bring_up.start_network(console, nodes, credentials, signals)
            if sample and made.sample != "loaded":
                made = folder.mark_sample(directory, made, "loading")
                console.print("entering the sample at the street offices (虚构示例: all of it is invented)")
                bring_up.load_sample(console, plans, credentials)
                folder.mark_sample(directory, made, "loaded")
            view.announce(console, plans, credentials, time.monotonic() - began)
            with keys() as typed:
                watch = Watch(nodes, signals, directory, typed)
                view.live_table(console, plans, watch.look, watch.way_out)
        except Stopped:
            console.print("stopping …")
        finally:
            signals.ignore_from_now()
            stop_all(nodes)
            console.print("stopped; the same command carries on with the same data")
