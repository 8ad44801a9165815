/* Writes more than a pipe holds, and ends. */
.text
.global _start
_start:
    mov x19, 64
next:
    mov x0, 1
    adr x1, block
    mov x2, 4096
    mov x8, 64          /* write */
    svc 0
    subs x19, x19, 1
    b.ne next
    mov x0, 0
    mov x8, 93          /* exit */
    svc 0
block:
    .fill 4096, 1, 'x'
