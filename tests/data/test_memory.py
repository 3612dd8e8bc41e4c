from __future__ import annotations

import pytest

from kc.runtime.data import memory

MACHINE = {"/proc/meminfo": "MemTotal: 9000 kB\nMemAvailable: 8000 kB\n"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({}, 8000 * 1024, id="what the machine has left"),
        pytest.param(
            {
                "/proc/self/cgroup": "4:memory:/jobs/one\n3:cpu:/jobs\n",
                "/sys/fs/cgroup/memory/jobs/one/memory.limit_in_bytes": "5000\n",
                "/sys/fs/cgroup/memory/jobs/one/memory.usage_in_bytes": "1000\n",
            },
            4000,
            id="a group of version 1",
        ),
        pytest.param(
            {
                "/proc/self/cgroup": "0::/jobs/one\n",
                "/sys/fs/cgroup/jobs/one/memory.max": "max\n",
                "/sys/fs/cgroup/jobs/one/memory.current": "1000\n",
                "/sys/fs/cgroup/jobs/memory.max": "3000\n",
                "/sys/fs/cgroup/jobs/memory.current": "2000\n",
            },
            1000,
            id="the group around a group of version 2",
        ),
        pytest.param(
            {
                "/proc/self/cgroup": "0::/../over\n",
                "/sys/fs/cgroup/memory.max": "10\n",
                "/sys/fs/cgroup/memory.current": "20\n",
            },
            0,
            id="a group that is over its limit",
        ),
    ],
)
def test_the_least_that_is_left_counts(monkeypatch, files, expected):
    found = {**MACHINE, **files}
    monkeypatch.setattr(memory, "_text", lambda path: found.get(str(path), ""))
    assert memory.available() == expected


def test_this_machine_has_some():
    assert memory.available() > 2**20
