"""One lake for tests that seldom write to it, as if each had its own."""

import shutil
from pathlib import Path

from pipelines.lake.connect import Lake, open_lake
from pipelines.settings import Settings


class Fresh:
    """Copies of a home. To copy and open one costs 0.2 s; most tests write to its desk at most."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.home, self.folder = home, folder
        self._lake: Lake | None = None
        self._snapshot = -1
        self._n = 0

    def lake(self) -> Lake:
        """The lake as it is in the home, with an empty desk: a new one after who wrote to it."""
        if self._lake is None or self._lake.snapshot() != self._snapshot:
            self.close()
            self._n += 1
            settings = Settings(home=self.folder / str(self._n))
            shutil.copytree(self.home, settings.home)
            self._lake = open_lake(settings)
            self._snapshot = self._lake.snapshot()
            self._reference = self._lake.reference
        self._lake.reference = self._reference
        desk = self._lake.settings.desk
        for file in desk.parent.glob(f"{desk.name}*"):
            file.unlink()
        return self._lake

    def close(self) -> None:
        """Close the lake that is open."""
        if self._lake is not None:
            self._lake.close()
            self._lake = None
