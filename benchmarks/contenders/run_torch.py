"""PyTorch: the usual loop over batches in memory, eager (compiling it was slower here)."""

from __future__ import annotations

import itertools
import time

import torch
from torch import nn
from workloads import Workload


def run(workload: Workload) -> float:
    """Training steps per second, after one epoch."""
    torch.manual_seed(0)
    pairs = list(itertools.pairwise(workload.widths))
    layers: list[nn.Module] = []
    for size, width in pairs:
        layers += [nn.Linear(size, width), nn.ReLU()]
    net = nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, eps=1e-7)
    loss = nn.CrossEntropyLoss() if workload.classes else nn.MSELoss()
    x, y = (torch.from_numpy(array) for array in workload.data())
    target = y.long() if workload.classes else y
    epoch(net, optimizer, loss, x, target, workload)
    began = time.perf_counter()
    epochs = max(1, workload.epochs // 10)  # it is slow, and its speed does not change
    for _ in range(epochs):
        epoch(net, optimizer, loss, x, target, workload)
    return workload.steps(epochs) / (time.perf_counter() - began)


def epoch(
    net: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss: nn.Module,
    x: torch.Tensor,
    y: torch.Tensor,
    workload: Workload,
) -> None:
    right = total = torch.zeros(())
    for rows in torch.randperm(workload.examples).split(workload.batch_size):
        optimizer.zero_grad(set_to_none=True)
        output = net(x[rows])
        value = loss(output, y[rows])
        value.backward()
        optimizer.step()
        total = total + value.detach()
        if workload.classes:
            right = right + (output.detach().argmax(1) == y[rows]).float().mean()
    float(total), float(right)
