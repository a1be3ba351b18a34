"""`jargonwatch reanalyze`: judge what is stored by the lexicon as it is now."""

from __future__ import annotations

from rich.progress import Progress, SpinnerColumn, TextColumn

from crawler.cli.terminal import WorkspaceOption, err, out
from crawler.config import load_workspace


def reanalyze(workspace: WorkspaceOption = None) -> None:
    """Judge stored listings again after a change of the lexicon, without a crawl.

    All versions that another lexicon or another release judged are analysed from their stored text;
    trends and reports follow at once. Interrupted, it goes on where it was.
    """
    from pipelines.analysis import analyze_batch
    from pipelines.lexicon.load import load_lexicon
    from pipelines.records import PIPELINE_VERSION
    from pipelines.store.answers import WriteResult
    from pipelines.store.sqlite import open_store

    found = load_workspace(workspace)
    lexicon = load_lexicon(found.lexicon_dir)
    done, total = 0, WriteResult()
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with (
        open_store(found.store_path, must_exist=True) as store,
        Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar,
    ):
        task = bar.add_task("reading", total=None)
        for versions in store.outdated_versions(lexicon.version, PIPELINE_VERSION):
            analyses = analyze_batch([version.listing for version in versions], lexicon)
            ids = [version.version_id for version in versions]
            total += store.replace_analyses(dict(zip(ids, analyses, strict=True)))
            done += len(versions)
            bar.update(task, description=f"{done:,} versions judged again")
    out.print(f"{done:,} versions judged again by lexicon {lexicon.version}: {total.flagged:,} flagged")
