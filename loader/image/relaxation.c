/* Relaxation; see the header. */
#include "loader/image/relaxation.h"

#include "lib/span.h"

enum { REX_AT, OPCODE_AT, MODRM_AT, PLACE_AT };
_Static_assert(PLACE_AT == RELAXATION_BEFORE, "the place stands behind the opcode");

/* Opcodes. A binop is 00xxx011: operation xxx of a register and memory. */
#define OPCODE_BRANCH        0xff
#define OPCODE_MOV           0x8b
#define OPCODE_MOV_IMMEDIATE 0xc7
#define OPCODE_LEA           0x8d
#define OPCODE_TEST          0x85
#define OPCODE_TEST_IMM      0xf7
#define OPCODE_BINOP_MASK    0xc7
#define OPCODE_BINOP         0x03
#define OPCODE_BINOP_IMM     0x81
#define OPCODE_OPERATION     0x38
#define OPCODE_CALL          0xe8
#define OPCODE_JMP           0xe9
#define OPCODE_NOP           0x90
#define PREFIX_ADDR32        0x67

#define MODRM_REG(modrm) ((modrm) >> 3 & 7)
#define MODRM_RM(modrm)  ((modrm)&7)
#define MODRM_MODE(m)    ((m) >> 6)
#define MODRM_REGISTER   0xc0 /* mode 3: the operand is a register */
#define REG_CALL         2    /* what follows OPCODE_BRANCH stands in the register's field */
#define REG_JMP          4
#define RM_DISP32        5 /* in mode 0: no base register; in 64-bit code %rip */
#define RM_SIB           4

#define REX_MASK 0xf0
#define REX      0x40
#define REX_W    0x08
#define REX_R    0x04
#define REX_B    0x01

uint32_t relaxation_bytes_before(enum relocation_relaxation relaxation)
{
    return relaxation == RELAXATION_REX_RIP ? 3 : 2;
}

static bool is_64(const struct relaxation *relaxation)
{
    return relaxation->kind != RELAXATION_DISP32;
}

/* On i386 arithmetic is modulo 2^32, so everything fits. */
static bool fits_signed(const struct relaxation *relaxation, uint64_t value)
{
    return !is_64(relaxation) || (int64_t)value == (int32_t)value;
}

/* The operand is the slot alone: %rip-relative, or i386's with or without a base register. */
static bool is_slot_operand(const struct relaxation *relaxation, const uint8_t *bytes)
{
    uint8_t modrm = bytes[MODRM_AT];
    bool is_bare = MODRM_MODE(modrm) == 0 && MODRM_RM(modrm) == RM_DISP32;
    bool has_base = MODRM_MODE(modrm) == 2 && MODRM_RM(modrm) != RM_SIB;
    if (relaxation->kind == RELAXATION_REX_RIP && (bytes[REX_AT] & REX_MASK) != REX)
        return false;
    if (is_64(relaxation))
        return relaxation->addend == -4 && is_bare;
    return relaxation->addend == 0 && (is_bare || has_base);
}

static bool relax_branch(const struct relaxation *relaxation, uint8_t *bytes)
{
    bool is_call = MODRM_REG(bytes[MODRM_AT]) == REG_CALL;
    bool is_jmp = MODRM_REG(bytes[MODRM_AT]) == REG_JMP;
    /* The jump is a byte shorter than what it replaces, and its place one byte before. */
    uint64_t distance = relaxation->symbol - (relaxation->place + (is_jmp ? 3 : 4));
    if ((!is_call && !is_jmp) || !fits_signed(relaxation, distance))
        return false;
    if (is_call) {
        bytes[OPCODE_AT] = PREFIX_ADDR32;
        bytes[MODRM_AT] = OPCODE_CALL;
        store_u32(bytes + PLACE_AT, (uint32_t)distance);
    } else {
        bytes[OPCODE_AT] = OPCODE_JMP;
        store_u32(bytes + PLACE_AT - 1, (uint32_t)distance);
        bytes[PLACE_AT + 3] = OPCODE_NOP;
    }
    return true;
}

/* The register, which was the operand with bit REX.R, becomes the one with REX.B. */
static void use_immediate(const struct relaxation *relaxation, uint8_t *bytes, uint8_t opcode,
                          uint8_t operation)
{
    if (relaxation->kind == RELAXATION_REX_RIP) {
        uint8_t rex = bytes[REX_AT];
        bytes[REX_AT] = (uint8_t)((rex & ~(REX_R | REX_B)) | ((rex & REX_R) != 0 ? REX_B : 0));
    }
    bytes[OPCODE_AT] = opcode;
    bytes[MODRM_AT] = (uint8_t)(MODRM_REGISTER | operation | MODRM_REG(bytes[MODRM_AT]));
    store_u32(bytes + PLACE_AT, (uint32_t)relaxation->symbol);
}

/* An immediate of a 64-bit operation is sign-extended, that of a 32-bit one zero-extended. */
static bool fits_immediate(const struct relaxation *relaxation, const uint8_t *bytes)
{
    bool is_wide = relaxation->kind == RELAXATION_REX_RIP && (bytes[REX_AT] & REX_W) != 0;
    return is_wide ? fits_signed(relaxation, relaxation->symbol)
                   : relaxation->symbol == (uint32_t)relaxation->symbol;
}

static bool relax_mov(const struct relaxation *relaxation, uint8_t *bytes)
{
    if (fits_immediate(relaxation, bytes)) {
        use_immediate(relaxation, bytes, OPCODE_MOV_IMMEDIATE, 0);
        return true;
    }
    uint64_t distance = relaxation->symbol - (relaxation->place + 4);
    if (!fits_signed(relaxation, distance))
        return false;
    bytes[OPCODE_AT] = OPCODE_LEA;
    store_u32(bytes + PLACE_AT, (uint32_t)distance);
    return true;
}

bool relax(const struct relaxation *relaxation, uint8_t bytes[RELAXATION_SIZE])
{
    uint8_t opcode = bytes[OPCODE_AT];
    bool is_binop = (opcode & OPCODE_BINOP_MASK) == OPCODE_BINOP;
    if (!is_slot_operand(relaxation, bytes))
        return false;
    if (opcode == OPCODE_BRANCH)
        return relax_branch(relaxation, bytes);
    if (opcode == OPCODE_MOV)
        return relax_mov(relaxation, bytes);
    if ((opcode != OPCODE_TEST && !is_binop) || !fits_immediate(relaxation, bytes))
        return false;
    if (is_binop)
        use_immediate(relaxation, bytes, OPCODE_BINOP_IMM, opcode & OPCODE_OPERATION);
    else
        use_immediate(relaxation, bytes, OPCODE_TEST_IMM, 0);
    return true;
}
