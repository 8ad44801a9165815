"""HPI, the High-Performance In-order core: an 8-stage pipeline that issues two Armv8-A instructions a cycle.

The figures are those that Arm published with gem5 (configs/common/cores/arm/HPI.py, and the description in Arm's Research
Starter Kit on system modelling); tests/gem5/hpi.py compares each with the gem5 at hand. One unit is added, see HPIRestUnit. What is left out are the exceptions
for single A32 and T32 instructions: 32-bit code is timed by its kind (addition, multiplication, load), not by its encoding.

gem5's MinorCPU knows the latency of a functional unit and, for the instructions that a timing's `mask` and `match` select,
how many cycles later than the issue each source register is needed (`srcRegsRelativeLats`), so that a result can be
forwarded into the middle of the pipeline.

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
    MinorFUTiming,
    OpClass,
    Parent,
    ReturnAddrStack,
    SimpleBTB,
    TimingExprBin,
    TimingExprIf,
    TimingExprLet,
    TimingExprLiteral,
    TimingExprRef,
    TimingExprSrcReg,
    TimingExprUn,
    TournamentBP,
)
from m5.objects.BaseMinorCPU import minorMakeOpClassSet

# Above the 32 bits of an instruction gem5 keeps the state that it was decoded in; bit 34 is AArch64, bit 36 Thumb, bit 35 a
# Thumb instruction of 32 bits (src/arch/arm/types.hh).
AARCH64 = 1 << 34
STATES = AARCH64 | 1 << 36 | 1 << 35


def known(kinds):
    """Those of these kinds of instructions that this gem5 tells apart: 25.1 has new ones, and no IprAccess any more
    (src/cpu/FuncUnit.py)."""
    return [kind for kind in kinds if kind in OpClass.vals]


def encoding(pattern):
    """Mask and match of the A64 instructions that look like this, most significant bit first; `x` is any bit."""
    bits = pattern.replace("_", "")
    assert len(bits) == 32, pattern
    mask = int("".join("0" if bit == "x" else "1" for bit in bits), 2)
    match = int(bits.replace("x", "0"), 2)
    return dict(mask=mask | STATES, match=match | AARCH64)


A64 = dict(mask=AARCH64, match=AARCH64)
NOT_A64 = dict(mask=AARCH64, match=0)


def timing(name, which, sources, **more):
    return MinorFUTiming(description=name, srcRegsRelativeLats=sources, **which, **more)


def division():
    """Cycles that a division takes beyond its unit's latency: a quarter of the quotient's bits, and one for a sign."""

    def number(value):
        return TimingExprLiteral(value=value)

    def ref(index):
        return TimingExprRef(index=index)

    def one(op, argument):
        return TimingExprUn(op=f"timingExpr{op}", arg=argument)

    def two(op, left, right):
        return TimingExprBin(op=f"timingExpr{op}", left=left, right=right)

    def choice(condition, yes, no):
        return TimingExprIf(cond=condition, trueExpr=yes, falseExpr=no)

    # Definitions see those before them, by their number.
    left, right, signed, left_size, adjustment, right_size, difference = range(7)
    definitions = [
        one("SignExtend32To64", TimingExprSrcReg(index=0)),
        one("SignExtend32To64", TimingExprSrcReg(index=1)),
        two("Or", two("SLessThan", ref(left), number(0)), two("SLessThan", ref(right), number(0))),
        one("SizeInBits", one("Abs", ref(left))),
        choice(ref(signed), number(1), number(0)),
        one("SizeInBits", two("UDiv", one("Abs", ref(right)), choice(ref(signed), number(4), number(2)))),
        choice(
            two("SLessThan", ref(left_size), ref(right_size)),
            number(0),
            two("Sub", ref(left_size), ref(right_size)),
        ),
    ]
    digits = choice(two("Equal", ref(right), number(0)), number(0), two("UDiv", ref(difference), number(4)))
    return TimingExprLet(defns=definitions, expr=two("Add", ref(adjustment), digits))


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
    timings = [
        timing("conditional select", encoding("xx01_1010_100x_xxxx_xxxx_0xxx_xxxx_xxxx"), [3, 3, 3, 2, 2]),
        timing("A64 integer", A64, [2, 2, 2, 0]),
        timing("A32 integer", NOT_A64, [3, 3, 2, 2, 2, 1, 0]),
    ]
    opLat = 3


class HPISecondIntegerUnit(HPIIntegerUnit):
    # MinorCPU numbers its units: the two have to be different objects.
    pass


class HPIMultiplicationUnit(MinorFU):
    opClasses = minorMakeOpClassSet(["IntMult"])
    timings = [
        timing(
            "multiply and add",
            encoding("x001_1011_000x_xxxx_0xxx_xxxx_xxxx_xxxx"),
            [1, 1, 1, 0],
            extraCommitLat=1,
        ),
        timing("A64 multiplication", A64, [0, 0, 0, 0]),
        timing("A32 multiplication", NOT_A64, [0, 0, 0, 0, 0, 0, 0]),
    ]
    opLat = 3
    # Results of the integer and the memory units arrive too late for a multiplication.
    cantForwardFromFUIndices = [0, 1, 5]


class HPIDivisionUnit(MinorFU):
    opClasses = minorMakeOpClassSet(["IntDiv"])
    timings = [
        timing(
            "division",
            encoding("x001_1010_110x_xxxx_0000_11xx_xxxx_xxxx"),
            [],
            extraCommitLat=0,
            extraCommitLatExpr=division(),
        ),
    ]
    issueLat = 3
    opLat = 3


class HPIFloatUnit(MinorFU):
    opClasses = minorMakeOpClassSet(known(FLOAT_AND_SIMD))
    timings = [
        timing(
            "multiply and add",
            encoding("0001_1111_0x0x_xxxx_0xxx_xxxx_xxxx_xxxx"),
            [5, 5, 5, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0],
        ),
        timing(
            "multiply and subtract",
            encoding("0001_1111_0x0x_xxxx_1xxx_xxxx_xxxx_xxxx"),
            [5, 5, 5, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0],
        ),
        timing("move", encoding("0001_1110_0x10_0000_0100_00xx_xxxx_xxxx"), [5, 5, 5, 0]),
        timing("scalar addition", encoding("01x1_1110_xx1x_xxxx_1000_01xx_xxxx_xxxx"), [5, 5, 5, 4]),
        timing("vector addition", encoding("0xx0_1110_xx1x_xxxx_1000_01xx_xxxx_xxxx"), [5, 5, 5, 4]),
        timing(
            "division, 32 bits",
            encoding("0001_1110_001x_xxxx_0001_10xx_xxxx_xxxx"),
            [0, 0, 0, 20, 4],
            extraCommitLat=6,
        ),
        timing(
            "division, 64 bits",
            encoding("0001_1110_011x_xxxx_0001_10xx_xxxx_xxxx"),
            [0, 0, 0, 20, 4],
            extraCommitLat=15,
        ),
        timing("A64 floating point", A64, [5, 5, 5, 2]),
        timing("A32 floating point", NOT_A64, [5, 5, 5, 5, 5, 5, 2, 2, 2, 2, 2, 2, 2, 2, 0]),
    ]
    opLat = 6


class HPIMemoryUnit(MinorFU):
    opClasses = minorMakeOpClassSet(["MemRead", "MemWrite", "FloatMemRead", "FloatMemWrite"])
    timings = [
        timing("A32 access", NOT_A64, [1, 1, 1, 1, 1, 2], extraAssumedLat=2),
        timing("A64 access", A64, [2], extraAssumedLat=3),
    ]
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
