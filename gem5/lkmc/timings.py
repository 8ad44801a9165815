"""How long HPI's units take for single instructions: all figures that Arm published with gem5 (configs/common/cores/arm/HPI.py).

gem5's MinorCPU knows the latency of a functional unit and, for the instructions that a timing's `mask` and `match` select, how many
cycles later than the issue each source register is needed (`srcRegsRelativeLats`), so that a result can be forwarded into the middle
of the pipeline; `extraCommitLat` is what is added to the latency, and where a timing says `suppress` the unit does not take the
instruction. The first timing of a unit that selects an instruction counts, so the order matters: what is special stands before what
is general. The registers are in gem5's order, which begins with those for the condition, and for vectors with CPACR and FPEXC.
"""

from m5.objects import (
    MinorFUTiming,
    TimingExprBin,
    TimingExprIf,
    TimingExprLet,
    TimingExprLiteral,
    TimingExprRef,
    TimingExprSrcReg,
    TimingExprUn,
)

# Above the 32 bits of an instruction gem5 keeps the state that it was decoded in; bit 34 is AArch64, bit 36 Thumb, bit 35 a
# Thumb instruction of 32 bits (src/arch/arm/types.hh).
AARCH64 = 1 << 34
T32 = 1 << 36 | 1 << 35
STATES = AARCH64 | T32


def timing(name, mask, match, sources, **more):
    return MinorFUTiming(description=name, mask=mask, match=match, srcRegsRelativeLats=sources, **more)


def encoded(state):
    """Makes timings of the instructions of this state that look like a pattern, most significant bit first; `x` is any bit."""

    def one(name, pattern, sources, **more):
        bits = pattern.replace("_", "")
        assert len(bits) == 32, pattern
        mask = int("".join("0" if bit == "x" else "1" for bit in bits), 2)
        match = int(bits.replace("x", "0"), 2)
        return timing(name, mask | STATES, match | state, sources, **more)

    return one


a64, a32, t32 = encoded(AARCH64), encoded(0), encoded(T32)


def every_a64(sources, **more):
    return timing("any of A64", AARCH64, AARCH64, sources, **more)


def every_other(sources, **more):
    return timing("any of A32 and T32", AARCH64, 0, sources, **more)


# A data processing instruction of A32 whose operand is not shifted.
STRAIGHT = [3, 3, 2, 2, 2, 1, 0]
# One whose operand goes through the shifter first.
SHIFTED = [3, 3, 2, 2, 1, 1, 0]
COMPARED = [3, 3, 3, 2, 2, 3, 3, 3, 0]


def media():
    """What both integer units take in the same way, of saturation, parallel addition, extension and packing."""
    return [
        a32("SSAT, USAT, not shifted", "xxxx_0110_1x1x_xxxx_xxxx_0000_0001_xxxx", [0, 0, 0, 2, 0]),
        a32("SSAT, USAT", "xxxx_0110_1x1x_xxxx_xxxx_xxxx_xx01_xxxx", [0, 0, 0, 1, 0]),
        a32("SSAT16, USAT16", "xxxx_0110_1x10_xxxx_xxxx_xxxx_0011_xxxx", [0, 0, 0, 2, 0]),
        a32("QADD, QSUB", "xxxx_0001_00x0_xxxx_xxxx_xxxx_0101_xxxx", [0, 0, 0, 1, 1, 0]),
        t32("QADD, QSUB", "1111_1010_1000_xxxx_1111_xxxx_10x0_xxxx", [0, 0, 0, 1, 1, 0]),
        a32("QADD8 and its like", "xxxx_0110_0x10_xxxx_xxxx_xxxx_xxx1_xxxx", [0, 0, 0, 1, 1, 0]),
        t32("QASX, QSAX, UQASX, UQSAX", "1111_1010_1x10_xxxx_1111_xxxx_0x01_xxxx", [0, 0, 0, 1, 1, 0]),
        t32("QADD8 and its like", "1111_1010_1x0x_xxxx_1111_xxxx_0x01_xxxx", [0, 0, 0, 1, 1, 0]),
        a32("USUB8 and its like", "xxxx_0110_0xx1_xxxx_xxxx_xxxx_x111_xxxx", [0, 0, 0, 2, 2, 0]),
        a32("SADD8 and its like", "xxxx_0110_0xx1_xxxx_xxxx_xxxx_x001_xxxx", [0, 0, 0, 2, 2, 0]),
        t32("SADD8 and its like", "1111_1010_100x_xxxx_1111_xxxx_0xx0_xxxx", [0, 0, 0, 2, 2, 0]),
        a32("QDADD, QDSUB", "xxxx_0001_01x0_xxxx_xxxx_xxxx_0101_xxxx", [0, 0, 0, 0, 1, 0]),
        t32("QDADD, QDSUB", "1111_1010_1000_xxxx_1111_xxxx_10x1_xxxx", [0, 0, 0, 0, 1, 0]),
        a32("SASX and its like", "xxxx_0110_0xx1_xxxx_xxxx_xxxx_0011_xxxx", STRAIGHT),
        a32("SSAX and its like", "xxxx_0110_0xx1_xxxx_xxxx_xxxx_0101_xxxx", STRAIGHT),
        a32("SXTB and its like", "xxxx_0110_1xxx_1111_xxxx_xxxx_0111_xxxx", [0, 0, 0, 2, 0]),
        a32("SXTAB and its like", "xxxx_0110_1xxx_xxxx_xxxx_xxxx_0111_xxxx", [0, 0, 0, 1, 2, 0]),
        t32("SXTAB", "1111_1010_0100_xxxx_1111_xxxx_1xxx_xxxx", [0, 0, 0, 1, 2, 0]),
        t32("SXTAB16", "1111_1010_0010_xxxx_1111_xxxx_1xxx_xxxx", [0, 0, 0, 1, 2, 0]),
        t32("SXTAH", "1111_1010_0000_xxxx_1111_xxxx_1xxx_xxxx", [0, 0, 0, 1, 2, 0]),
        t32("SXTB", "1111_1010_0100_1111_1111_xxxx_1xxx_xxxx", [0, 0, 0, 1, 2, 0]),
        t32("SXTB16", "1111_1010_0010_1111_1111_xxxx_1xxx_xxxx", [0, 0, 0, 1, 2, 0]),
        t32("SXTH", "1111_1010_0000_1111_1111_xxxx_1xxx_xxxx", [0, 0, 0, 1, 2, 0]),
        a32("PKHBT, PKHTB", "xxxx_0110_1000_xxxx_xxxx_xxxx_xx01_xxxx", [0, 0, 0, 2, 1, 0]),
        t32("PKHBT, PKHTB", "1110_1010_110x_xxxx_xxxx_xxxx_xxxx_xxxx", [0, 0, 0, 2, 1, 0]),
        a32("SBFX, UBFX", "xxxx_0111_1x1x_xxxx_xxxx_xxxx_x101_xxxx", [0, 0, 0, 1, 0]),
    ]


SEL = ("SEL", "xxxx_0110_1000_xxxx_xxxx_xxxx_1011_xxxx")
USAD8 = ("USAD8, USADA8", "xxxx_0111_1000_xxxx_xxxx_xxxx_0001_xxxx")


def reversals():
    return [
        a32("RBIT", "xxxx_0110_1111_xxxx_xxxx_xxxx_0011_xxxx", [0, 0, 0, 1, 0]),
        a32("REV, REV16", "xxxx_0110_1011_xxxx_xxxx_xxxx_x011_xxxx", [0, 0, 0, 1, 0]),
        a32("REVSH", "xxxx_0110_1111_xxxx_xxxx_xxxx_1011_xxxx", [0, 0, 0, 1, 0]),
    ]


def comparisons():
    return [
        a32("BFI, BFC", "xxxx_0111_110x_xxxx_xxxx_xxxx_x001_xxxx", [0, 0, 0, 1, 1, 0]),
        t32("BFI, BFC", "1111_0x11_0110_xxxx_0xxx_xxxx_xxxx_xxxx", [0, 0, 0, 1, 1, 0]),
        a32("CMN of a register", "xxxx_0001_0111_xxxx_xxxx_xxxx_xxx0_xxxx", COMPARED),
        a32("CMN of a constant", "xxxx_0011_0111_xxxx_xxxx_xxxx_xxxx_xxxx", COMPARED),
        a32("CMP of a register", "xxxx_0001_0101_xxxx_xxxx_xxxx_xxx0_xxxx", COMPARED),
        a32("CMP of a constant", "xxxx_0011_0101_xxxx_xxxx_xxxx_xxxx_xxxx", COMPARED),
        a32("registers, not shifted", "xxxx_000x_xxxx_xxxx_xxxx_0000_0xx0_xxxx", STRAIGHT),
    ]


def other_integers():
    return [
        a64("conditional select", "xx01_1010_100x_xxxx_xxxx_0xxx_xxxx_xxxx", [3, 3, 3, 2, 2]),
        every_a64([2, 2, 2, 0]),
        every_other(STRAIGHT),
    ]


def integer():
    return [
        *media(),
        a32(*SEL, [0, 0, 0, 0, 2, 2, 0]),
        *reversals(),
        a32(*USAD8, [0, 0, 0, 0, 0, 2, 0]),
        *comparisons(),
        a32("MOV, shifted by a register", "xxxx_0001_101x_xxxx_xxxx_xxxx_xxx1_xxxx", STRAIGHT),
        a32("registers, shifted", "xxxx_000x_xxxx_xxxx_xxxx_xxxx_xxxx_xxxx", SHIFTED),
        *other_integers(),
    ]


def second_integer():
    """It takes no shift by a register, and two others not."""
    return [
        *media(),
        a32(*SEL, [], suppress=True),
        *reversals(),
        a32(*USAD8, [], suppress=True),
        *comparisons(),
        a32("registers, shifted by a constant", "xxxx_000x_xxxx_xxxx_xxxx_xxxx_xxx0_xxxx", SHIFTED),
        a32("CLZ", "xxxx_0001_0110_xxxx_xxxx_xxxx_0001_xxxx", STRAIGHT),
        t32("CLZ", "1111_1010_1011_xxxx_1111_xxxx_1000_xxxx", STRAIGHT),
        a32("registers, shifted by a register", "xxxx_000x_xxxx_xxxx_xxxx_xxxx_xxxx_xxxx", [], suppress=True),
        *other_integers(),
    ]


def multiplication():
    # The number to add is needed two cycles after the factors; it is the last or the first of the three.
    last, first = [0, 0, 0, 0, 0, 2, 0], [0, 0, 0, 2, 0, 0, 0]
    return [
        a32("MLA", "xxxx_0000_001x_xxxx_xxxx_xxxx_1001_xxxx", last),
        t32("MLA", "1111_1011_0000_xxxx_xxxx_xxxx_0000_xxxx", last),
        a32("MLS", "xxxx_0000_0110_xxxx_xxxx_xxxx_1001_xxxx", first),
        t32("MLS", "1111_1011_0000_xxxx_xxxx_xxxx_0001_xxxx", first),
        a32("SMLABB and its like", "xxxx_0001_0000_xxxx_xxxx_xxxx_1xx0_xxxx", last),
        t32("SMLABB and its like", "1111_1011_0001_xxxx_xxxx_xxxx_00xx_xxxx", last),
        a32("SMLAWB, SMLAWT", "xxxx_0001_0010_xxxx_xxxx_xxxx_1x00_xxxx", last),
        t32("SMLAWB, SMLAWT", "1111_1011_0011_xxxx_xxxx_xxxx_000x_xxxx", last),
        a32("SMLAD", "xxxx_0111_0000_xxxx_xxxx_xxxx_00x1_xxxx", last),
        t32("SMLAD", "1111_1011_0010_xxxx_xxxx_xxxx_000x_xxxx", last),
        a32("SMMUL", "xxxx_0111_0101_xxxx_1111_xxxx_00x1_xxxx", [0, 0, 0, 0, 0, 0]),
        t32("SMMUL", "1111_1011_0101_xxxx_1111_xxxx_000x_xxxx", [0, 0, 0, 0, 0, 0]),
        a32("SMMLA", "xxxx_0111_0101_xxxx_xxxx_xxxx_00x1_xxxx", first),
        t32("SMMLA", "1111_1011_0101_xxxx_xxxx_xxxx_000x_xxxx", first),
        a32("SMMLS", "xxxx_0111_0101_xxxx_xxxx_xxxx_11x1_xxxx", first),
        t32("SMMLS", "1111_1011_0110_xxxx_xxxx_xxxx_000x_xxxx", first),
        a32("UMAAL", "xxxx_0000_0100_xxxx_xxxx_xxxx_1001_xxxx", [0] * 8, extraCommitLat=1),
        t32("UMAAL", "1111_1011_1110_xxxx_xxxx_xxxx_0110_xxxx", [0] * 8, extraCommitLat=1),
        a64("MADD, MSUB", "x001_1011_000x_xxxx_0xxx_xxxx_xxxx_xxxx", [1, 1, 1, 0], extraCommitLat=1),
        every_a64([0, 0, 0, 0]),
        every_other([0] * 7),
    ]


def number(value):
    return TimingExprLiteral(value=value)


def ref(index):
    """A definition, by its number. Definitions see those before them."""
    return TimingExprRef(index=index)


def one(op, argument):
    return TimingExprUn(op=f"timingExpr{op}", arg=argument)


def two(op, left, right):
    return TimingExprBin(op=f"timingExpr{op}", left=left, right=right)


def choice(condition, yes, no):
    return TimingExprIf(cond=condition, trueExpr=yes, falseExpr=no)


def signed(index):
    """The number in a source register."""
    return one("SignExtend32To64", TimingExprSrcReg(index=index))


def quarter(divisor, left_size, right_size, definitions):
    """A quarter of the quotient's bits: of the difference of both sizes, which becomes the last definition."""
    difference = len(definitions)
    definitions.append(
        choice(
            two("SLessThan", ref(left_size), ref(right_size)),
            number(0),
            two("Sub", ref(left_size), ref(right_size)),
        )
    )
    return choice(two("Equal", ref(divisor), number(0)), number(0), two("UDiv", ref(difference), number(4)))


def signed_division(dividend, divisor):
    """Cycles beyond the unit's latency, by what is in these source registers: one more if one of them is negative."""
    left, right, negative, left_size, adjustment, right_size = range(6)
    definitions = [
        signed(dividend),
        signed(divisor),
        two("Or", two("SLessThan", ref(left), number(0)), two("SLessThan", ref(right), number(0))),
        one("SizeInBits", one("Abs", ref(left))),
        choice(ref(negative), number(1), number(0)),
        one("SizeInBits", two("UDiv", one("Abs", ref(right)), choice(ref(negative), number(4), number(2)))),
    ]
    digits = quarter(right, left_size, right_size, definitions)
    return TimingExprLet(defns=definitions, expr=two("Add", ref(adjustment), digits))


def unsigned_division(dividend, divisor):
    left, right, left_size, right_size = range(4)
    definitions = [
        TimingExprSrcReg(index=dividend),
        TimingExprSrcReg(index=divisor),
        one("SizeInBits", ref(left)),
        one("SizeInBits", two("UDiv", ref(right), number(2))),
    ]
    digits = quarter(right, left_size, right_size, definitions)
    return TimingExprLet(defns=definitions, expr=digits)


def division():
    # The numbers come after the three registers of an A32 instruction's condition; not so in gem5 24.0, where these two come out as 0.
    a32_signed, a32_unsigned = signed_division(4, 3), unsigned_division(4, 3)
    both = signed_division(0, 1)
    return [
        a32("SDIV", "xxxx_0111_0001_xxxx_xxxx_xxxx_0001_xxxx", [], extraCommitLatExpr=a32_signed),
        a32("UDIV", "xxxx_0111_0011_xxxx_xxxx_xxxx_0001_xxxx", [], extraCommitLatExpr=a32_unsigned),
        a64("SDIV, UDIV", "x001_1010_110x_xxxx_0000_11xx_xxxx_xxxx", [], extraCommitLatExpr=both),
    ]


def vector(cycles, registers):
    """Of A32's vectors: so many registers, each needed after so many cycles."""
    return [0] * 6 + [cycles] * registers + [0]


def a32_vectors():
    return [
        a32("VUZP", "1111_0011_1x11_xx10_xxxx_0001_00x0_xxxx", vector(3, 8)),
        a32("VZIP", "1111_0011_1x11_xx10_xxxx_0001_1xx0_xxxx", vector(4, 8)),
        a32("VADD, halves", "1111_0010_0xxx_xxxx_xxxx_1000_xxx0_xxxx", vector(4, 8)),
        a32("VADDHN", "1111_0010_1xxx_xxxx_xxxx_0100_x0x0_xxxx", vector(3, 8)),
        a32("VADDL", "1111_001x_1xxx_xxxx_xxxx_0000_x0x0_xxxx", vector(3, 8)),
        a32("VADDW", "1111_001x_1xxx_xxxx_xxxx_0001_x0x0_xxxx", [0] * 6 + [4] * 4 + [3] * 2 + [0]),
        a32("VHADD, VHSUB", "1111_001x_0xxx_xxxx_xxxx_00x0_xxx0_xxxx", vector(4, 8)),
        a32("VPADAL", "1111_0011_1x11_xx00_xxxx_0110_xxx0_xxxx", vector(2, 8)),
        a32("VPADD of integers", "1111_0010_0xxx_xxxx_xxxx_1011_xxx1_xxxx", vector(3, 8)),
        a32("VPADD of floats", "1111_0011_0x0x_xxxx_xxxx_1101_xxx0_xxxx", vector(2, 8)),
        a32("VPADDL", "1111_0011_1x11_xx00_xxxx_0010_xxx0_xxxx", vector(3, 8)),
        a32("VRADDHN", "1111_0011_1xxx_xxxx_xxxx_0100_x0x0_xxxx", vector(4, 8)),
        a32("VRHADD", "1111_001x_0xxx_xxxx_xxxx_0001_xxx0_xxxx", vector(4, 8)),
        a32("VQADD", "1111_001x_0xxx_xxxx_xxxx_0000_xxx1_xxxx", vector(3, 8)),
        a32("VAND", "1111_0010_0x00_xxxx_xxxx_0001_xxx1_xxxx", vector(5, 8)),
        a32("VBIC", "1111_0010_0x01_xxxx_xxxx_0001_xxx1_xxxx", vector(5, 8)),
        a32("VBIF, VBIT, VBSL, VEOR", "1111_0011_0xxx_xxxx_xxxx_0001_xxx1_xxxx", vector(5, 12)),
        a32("VACGE, VACGT", "1111_0011_0xxx_xxxx_xxxx_1110_xxx1_xxxx", vector(4, 9)),
        a32("VCEQ of floats", "1111_0010_0x0x_xxxx_xxxx_1110_xxx0_xxxx", vector(4, 9)),
        a32("VCEQ of integers", "1111_0011_0xxx_xxxx_xxxx_1000_xxx1_xxxx", vector(4, 9)),
        a32("VCEQ with zero", "1111_0011_1x11_xx01_xxxx_0x01_0xx0_xxxx", vector(4, 9)),
        a32("VTST", "1111_0010_0xxx_xxxx_xxxx_1000_xxx1_xxxx", vector(3, 9)),
        a32("VCLZ", "1111_0011_1x11_xx00_xxxx_0100_1xx0_xxxx", vector(4, 9)),
        a32("VCNT", "1111_0011_1x11_xx00_xxxx_0101_0xx0_xxxx", vector(4, 9)),
        a32("VEXT", "1111_0010_1x11_xxxx_xxxx_xxxx_xxx0_xxxx", vector(4, 9)),
        a32("VMAX, VMIN of integers", "1111_001x_0xxx_xxxx_xxxx_0110_xxxx_xxxx", vector(4, 9)),
        a32("VMAX, VMIN of floats", "1111_0010_0xxx_xxxx_xxxx_1111_xxx0_xxxx", vector(2, 9)),
        a32("VNEG of vectors", "1111_0011_1x11_xx01_xxxx_0x11_1xx0_xxxx", vector(4, 9)),
        a32("VNEG of scalars", "xxxx_1110_1x11_0001_xxxx_101x_01x0_xxxx", vector(2, 9)),
        a32("VREV16, VREV32, VREV64", "1111_0011_1x11_xx00_xxxx_000x_xxx0_xxxx", vector(4, 9)),
        a32("VQNEG", "1111_0011_1x11_xx00_xxxx_0111_1xx0_xxxx", vector(3, 9)),
        a32("VSWP", "1111_0011_1x11_xx10_xxxx_0000_0xx0_xxxx", vector(4, 8)),
        a32("VTRN", "1111_0011_1x11_xx10_xxxx_0000_1xx0_xxxx", vector(2, 8)),
        a32("VPMAX, VPMIN of integers", "1111_001x_0xxx_xxxx_xxxx_1010_xxxx_xxxx", vector(4, 5)),
        a32("VPMAX, VPMIN of floats", "1111_0011_0xxx_xxxx_xxxx_1111_xxx0_xxxx", vector(2, 4)),
        a32("VMOVN", "1111_0011_1x11_xx10_xxxx_0010_00x0_xxxx", vector(4, 4)),
        a32("VMRS", "xxxx_1110_1111_0001_xxxx_1010_xxx1_xxxx", [5] * 9 + [0]),
        a32("VMOV of a constant", "1111_0010_0x10_xxxx_xxxx_0001_xxx1_xxxx", [5] * 9 + [0]),
        a32("VMOV of a register", "xxxx_1110_1x11_0000_xxxx_101x_01x0_xxxx", [5] * 9 + [4] * 8 + [0]),
        a32("VQMOVN, VQMOVUN", "1111_0011_1x11_xx10_xxxx_0010_xxx0_xxxx", vector(2, 5)),
        a32("VMOVL", "1111_001x_1xxx_x000_xxxx_1010_00x1_xxxx", vector(4, 4)),
        a32("VDIV, 32 bits", "xxxx_1110_1x00_xxxx_xxxx_1010_x0x0_xxxx", [0] * 6 + [20, 4, 4, 0], extraCommitLat=9),
        a32("VDIV, 64 bits", "xxxx_1110_1x00_xxxx_xxxx_1011_x0x0_xxxx", [0] * 6 + [20, 4, 4, 0], extraCommitLat=18),
        a32("VSQRT, 32 bits", "xxxx_1110_1x11_0001_xxxx_1010_11x0_xxxx", [], extraCommitLat=9),
        a32("VSQRT, 64 bits", "xxxx_1110_1x11_0001_xxxx_1011_11x0_xxxx", [], extraCommitLat=18),
        a32("VMUL of integers", "1111_001x_0xxx_xxxx_xxxx_1001_xxx1_xxxx", vector(2, 8)),
    ]


def float_and_simd():
    added = [5, 5, 5, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    divided = [0, 0, 0, 20, 4]
    return [
        *a32_vectors(),
        a64("FMADD, FNMADD", "0001_1111_0x0x_xxxx_0xxx_xxxx_xxxx_xxxx", added),
        a64("FMSUB, FNMSUB", "0001_1111_0x0x_xxxx_1xxx_xxxx_xxxx_xxxx", added),
        a64("FMOV", "0001_1110_0x10_0000_0100_00xx_xxxx_xxxx", [5, 5, 5, 0]),
        a64("ADD, SUB of vectors' elements", "01x1_1110_xx1x_xxxx_1000_01xx_xxxx_xxxx", [5, 5, 5, 4]),
        a64("ADD, SUB of vectors", "0xx0_1110_xx1x_xxxx_1000_01xx_xxxx_xxxx", [5, 5, 5, 4]),
        a64("FDIV, 32 bits", "0001_1110_001x_xxxx_0001_10xx_xxxx_xxxx", divided, extraCommitLat=6),
        a64("FDIV, 64 bits", "0001_1110_011x_xxxx_0001_10xx_xxxx_xxxx", divided, extraCommitLat=15),
        every_a64([5, 5, 5, 2]),
        every_other([5] * 6 + [2] * 8 + [0]),
    ]


def memory():
    return [every_other([1, 1, 1, 1, 1, 2], extraAssumedLat=2), every_a64([2], extraAssumedLat=3)]
