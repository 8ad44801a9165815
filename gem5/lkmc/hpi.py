"""HPI, the High-Performance In-order core: an 8-stage pipeline that issues two Armv8-A instructions a cycle.

The figures, here and in timings.py, are those that Arm published with gem5 (configs/common/cores/arm/HPI.py, and the description in
Arm's Research Starter Kit on system modelling); tests/gem5/hpi.py compares each with the gem5 at hand. One unit is added, see
HPIRestUnit.

gem5 keeps the names of all classes of objects in one table, its own among them; hence the prefix.

What is published has changed with gem5: names of kinds of instructions in 25.1, the parts of a branch predictor in 24.1 and 25.1. Here
is what fits each gem5, by what it has; all of that is in `known`, `target_buffer` and `branch_predictor`.
"""

import m5.objects
from m5.objects import (
    ArmMinorCPU,
    ArmMMU,
    ArmTLB,
    BranchPredictor,
    MinorFU,
    MinorFUPool,
    OpClass,
    Parent,
    ReturnAddrStack,
    SimpleBTB,
    TournamentBP,
)
from m5.objects.BaseMinorCPU import minorMakeOpClassSet

from . import timings


def known(kinds):
    """Those of these kinds of instructions that this gem5 tells apart: 25.1 has new ones, and no IprAccess any more
    (src/cpu/FuncUnit.py)."""
    return [kind for kind in kinds if kind in OpClass.vals]


FLOAT_AND_SIMD = [
    *("FloatAdd", "FloatCmp", "FloatCvt", "FloatMult", "FloatDiv", "FloatSqrt", "FloatMisc", "FloatMultAcc", "Bf16Cvt"),
    *("SimdAdd", "SimdAddAcc", "SimdAlu", "SimdCmp", "SimdCvt", "SimdMisc", "SimdMult", "SimdMultAcc"),
    *("SimdMatMultAcc", "SimdShift", "SimdShiftAcc", "SimdSqrt", "SimdFloatAdd", "SimdFloatAlu", "SimdFloatCmp"),
    *("SimdFloatCvt", "SimdFloatDiv", "SimdFloatMisc", "SimdFloatMult", "SimdFloatMultAcc"),
    *("SimdFloatMatMultAcc", "SimdFloatSqrt"),
    *("SimdBf16Add", "SimdBf16Cmp", "SimdBf16Cvt", "SimdBf16DotProd", "SimdBf16MatMultAcc", "SimdBf16Mult"),
    "SimdBf16MultAcc",
]


class HPIIntegerUnit(MinorFU):
    opClasses = minorMakeOpClassSet(["IntAlu"])
    timings = timings.integer()
    opLat = 3


class HPISecondIntegerUnit(MinorFU):
    opClasses = minorMakeOpClassSet(["IntAlu"])
    timings = timings.second_integer()
    opLat = 3


class HPIMultiplicationUnit(MinorFU):
    opClasses = minorMakeOpClassSet(["IntMult"])
    timings = timings.multiplication()
    opLat = 3
    # Results of the integer and the memory units arrive too late for a multiplication.
    cantForwardFromFUIndices = [0, 1, 5]


class HPIDivisionUnit(MinorFU):
    opClasses = minorMakeOpClassSet(["IntDiv"])
    timings = timings.division()
    issueLat = 3
    opLat = 3


class HPIFloatUnit(MinorFU):
    opClasses = minorMakeOpClassSet(known(FLOAT_AND_SIMD))
    timings = timings.float_and_simd()
    opLat = 6


class HPIMemoryUnit(MinorFU):
    opClasses = minorMakeOpClassSet(["MemRead", "MemWrite", "FloatMemRead", "FloatMemWrite"])
    timings = timings.memory()
    opLat = 1
    cantForwardFromFUIndices = [5]


class HPIMiscellaneousUnit(MinorFU):
    opClasses = minorMakeOpClassSet(known(["IprAccess", "InstPrefetch", "System"]))
    opLat = 1


# Their numbers stand in cantForwardFromFUIndices.
PUBLISHED = [
    HPIIntegerUnit,
    HPISecondIntegerUnit,
    HPIMultiplicationUnit,
    HPIDivisionUnit,
    HPIFloatUnit,
    HPIMemoryUnit,
    HPIMiscellaneousUnit,
]


def rest():
    """What no published unit executes: HPI is older than SVE and than gem5's kinds of cryptography and reductions."""
    taken = {one.opClass.value for unit in PUBLISHED for one in unit.opClasses.opClasses}
    return [kind for kind in OpClass.vals if kind not in taken and kind != "No_OpClass"]


class HPIRestUnit(MinorFU):
    # Without it the pipeline stands still for ever at such an instruction, and Linux saves SVE's registers. Latency as for
    # other vectors.
    opClasses = minorMakeOpClassSet(rest())
    opLat = 6


class HPIUnits(MinorFUPool):
    funcUnits = [unit() for unit in [*PUBLISHED, HPIRestUnit]]


class HPITranslationBuffers(ArmMMU):
    itb = ArmTLB(entry_type="instruction", size=256)
    dtb = ArmTLB(entry_type="data", size=256)


def target_buffer():
    """Where branches go. From gem5 24.1 on, the tag's width is a matter of the indexing policy (src/cpu/pred/BranchPredictor.py), and
    its default takes all of the address."""
    result = SimpleBTB(numEntries=128, tagBits=18)
    if hasattr(m5.objects, "BTBSetAssociative"):
        result.instShiftAmt = 2
        result.btbIndexingPolicy = m5.objects.BTBSetAssociative(
            assoc=Parent.associativity,
            num_entries=Parent.numEntries,
            set_shift=Parent.instShiftAmt,
            tag_bits=Parent.tagBits,
        )
    return result


def branch_predictor():
    """Whether branches are taken, and where. From gem5 25.1 on, the one is a part of the other, before that a base class of it
    (src/cpu/pred/BranchPredictor.py)."""
    direction = dict(
        localPredictorSize=64,
        localCtrBits=2,
        localHistoryTableSize=64,
        globalPredictorSize=1024,
        globalCtrBits=2,
        choicePredictorSize=1024,
        choiceCtrBits=2,
    )
    target = dict(btb=target_buffer(), ras=ReturnAddrStack(numEntries=8), instShiftAmt=2)
    if issubclass(TournamentBP, BranchPredictor):
        return TournamentBP(**direction, **target)
    return BranchPredictor(conditionalBranchPred=TournamentBP(**direction), **target)


class HPI(ArmMinorCPU):
    # Fetch: one line of the cache at a time, as wide as the cache's.
    fetch1LineSnapWidth = 0
    fetch1LineWidth = 0
    fetch1FetchLimit = 1
    fetch1ToFetch2ForwardDelay = 1
    fetch1ToFetch2BackwardDelay = 1

    fetch2InputBufferSize = 2
    fetch2ToDecodeForwardDelay = 1
    fetch2CycleInput = True

    decodeInputBufferSize = 3
    decodeToExecuteForwardDelay = 1
    decodeInputWidth = 2
    decodeCycleInput = True

    # Two instructions a cycle, of which one may access memory.
    executeInputWidth = 2
    executeCycleInput = True
    executeIssueLimit = 2
    executeMemoryIssueLimit = 1
    executeCommitLimit = 2
    executeMemoryCommitLimit = 1
    executeInputBufferSize = 7

    executeMaxAccessesInMemory = 2
    executeLSQMaxStoreBufferStoresPerCycle = 2
    executeLSQRequestsQueueSize = 1
    executeLSQTransfersQueueSize = 2
    executeLSQStoreBufferSize = 5
    executeBranchDelay = 1
    executeFuncUnits = HPIUnits()
    executeSetTraceTimeOnCommit = True
    executeSetTraceTimeOnIssue = False
    executeAllowEarlyMemoryIssue = True
    enableIdling = True

    branchPred = branch_predictor()
    mmu = HPITranslationBuffers()
