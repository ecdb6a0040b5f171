"""Which device computes, how much memory it has, and how its failures are told apart."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from nst_core import device, errors

INTEL = torch.device("xpu")


def test_auto_takes_the_fastest_device_and_a_missing_one_is_refused(monkeypatch):
    monkeypatch.setattr(device, "available", lambda: ["cuda", "cpu"])
    assert device.choose("auto") == torch.device("cuda")
    with pytest.raises(errors.UsageError, match="cuda, cpu"):
        device.choose("mps")


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's own figure")
def test_free_memory_is_what_the_system_says():
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    total = next(int(line.split()[1]) for line in lines if line.startswith("MemTotal")) * 1024
    assert 2**26 < device.free_memory(torch.device("cpu")) < total


def test_a_limit_for_memory_leaves_what_the_process_does_not_take(monkeypatch):
    monkeypatch.setattr(device, "_own_memory", lambda: 2 * 10**9)
    monkeypatch.setattr(device, "_free_system_memory", lambda: 100 * 10**9)
    for limit, left in (("2.5", 5 * 10**8), ("1", 0), ("", 70 * 10**9), ("1000", 70 * 10**9)):
        monkeypatch.setenv("NST_MEMORY", limit)
        assert device.budget(torch.device("cpu")) == left


@pytest.mark.parametrize("limit", ["much", "6 GB", "0", "-2", "nan", "inf"])
def test_a_limit_for_memory_that_is_no_amount_is_refused(monkeypatch, limit):
    monkeypatch.setenv("NST_MEMORY", limit)
    with pytest.raises(errors.UsageError, match=f"^NST_MEMORY is {limit}: give the gigabytes"):
        device.budget(torch.device("cpu"))


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("[enforce fail] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes"),
        RuntimeError("[enforce fail] . DefaultCPUAllocator: not enough memory: you tried to allocate 99 bytes."),
        RuntimeError("MPS backend out of memory (MPS allocated: 9.00 GB)"),
        RuntimeError("Invalid buffer size: 15.33 GiB"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        RuntimeError("level_zero backend failed with error: 39 (UR_RESULT_ERROR_OUT_OF_DEVICE_MEMORY)"),
        RuntimeError("level_zero backend failed with error: 40 (UR_RESULT_ERROR_OUT_OF_RESOURCES)"),
    ],
)
def test_memory_that_ran_out_is_known_in_every_backends_words(error):
    assert device.is_out_of_memory(error)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("CUDA error: an illegal memory access was encountered"),
        RuntimeError("The size of tensor a (3) must match the size of tensor b (4)"),
        ValueError("out of memory"),
    ],
)
def test_what_else_went_wrong_is_not_taken_for_memory(error):
    assert not device.is_out_of_memory(error)


def test_a_type_that_apples_gpus_lack_is_their_failure_and_no_other_error_is():
    lacking = TypeError("Cannot convert a MPS Tensor to float64 dtype as the MPS framework doesn't support float64.")
    assert device.has_failed(torch.device("mps"), lacking)
    assert not device.has_failed(torch.device("cpu"), lacking)
    assert not device.has_failed(torch.device("mps"), TypeError("render() missing 1 required positional argument"))


@pytest.fixture
def intel(monkeypatch):
    """An Intel GPU of 16 GB, of which this process has reserved 5 and uses 3, in a computer with 20 GB free."""
    monkeypatch.setattr(torch.xpu, "memory_reserved", lambda place: 5 * 10**9)
    monkeypatch.setattr(torch.xpu, "memory_allocated", lambda place: 3 * 10**9)
    monkeypatch.setattr(torch.xpu, "get_device_properties", lambda place: SimpleNamespace(total_memory=16 * 10**9))
    monkeypatch.setattr(device, "_free_system_memory", lambda: 20 * 10**9)
    return monkeypatch


def test_an_intel_gpu_says_what_is_free(intel):
    intel.setattr(torch.xpu, "mem_get_info", lambda place: (7 * 10**9, 16 * 10**9))
    assert device.free_memory(INTEL) == 9 * 10**9


def test_where_its_driver_can_not_tell_all_is_free_that_this_process_does_not_use(intel):
    def refuse(place):
        raise RuntimeError("The device doesn't support querying the available free memory")

    for said in (refuse, lambda place: (0, 16 * 10**9)):
        intel.setattr(torch.xpu, "mem_get_info", said)
        assert device.free_memory(INTEL) == 13 * 10**9
    intel.setattr(device, "_free_system_memory", lambda: 2 * 10**9)
    assert device.free_memory(INTEL) == 2 * 10**9


def test_float64_is_refused_where_there_is_none_and_the_rest_goes_to_the_cpu():
    assert device.with_float64(INTEL) == torch.device("cpu")
    assert device.with_float64(torch.device("cuda")) == torch.device("cuda")


def test_exact_float32_is_what_cudnn_is_told_until_it_ends():
    before = torch.backends.cudnn.allow_tf32
    with pytest.raises(KeyError), device.exact_float32():
        assert not torch.backends.cudnn.allow_tf32
        raise KeyError
    assert torch.backends.cudnn.allow_tf32 == before
