"""The year, told once."""

from collections.abc import Iterator

import pytest

from tests.e2e.service import start, stop
from tests.servers import data_directory
from tests.story.office import Office
from tests.story.telling import Told
from tests.story.year import tell


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with data_directory() as data:
        told = Told(Office(**vars(start(data))), tmp_path_factory.mktemp("story"))
        try:
            tell(told)
            yield told
        finally:
            stop(told.office)
