// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Give up system calls for ever: a seccomp filter that refuses one call and kills for another.
 *
 * A process may hand the kernel a small program that looks at each of its system calls, at the
 * number and the arguments, and decides: allow, fail with an error number, send a signal, ask
 * another process, kill. It is inherited by children, and can never be taken off again. So a
 * program first opens what it needs, then locks itself in; what breaks into it afterwards finds a
 * kernel with a few dozen calls. The filter is written for the "classic" BPF machine: load,
 * compare, jump, return.
 *
 * Numbers of system calls differ between architectures, and one kernel may serve two of them, so
 * a filter must look at `arch` too before it looks at `nr`. This one is compiled for one
 * architecture and kills everything else. On x86_64 that is not enough: a kernel may have the
 * calls of x32 too (64-bit registers, 32-bit pointers), which have the same `arch` and numbers
 * with bit 30 set. A filter that only compares numbers would let them pass.
 *
 * Without privileges a filter is accepted only with no_new_privs, lest someone confuse a
 * set-user-id program with it.
 *
 * Sources: seccomp(2); kernel documentation, userspace-api/seccomp_filter.rst.
 *
 * [lkmc]
 * kconfig = ["SECCOMP_FILTER=y"]
 *
 * [[lkmc.run]]
 * guest = "./seccomp"
 * stdout = """
 * uname: Operation not permitted
 * getpid: works
 * sethostname: killed by signal 31 (Bad system call)
 * """
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define OUR_ARCH AUDIT_ARCH_ARM
#elif defined(__riscv)
#define OUR_ARCH AUDIT_ARCH_RISCV64
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)
/* The next instruction is executed if the loaded value is this one, and skipped otherwise. */
#define IF(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1)
#define IF_NOT(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0)
#define IF_AT_LEAST(value) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, value, 0, 1)

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static void lock_in(void)
{
	struct sock_filter instructions[] = {
		LOAD(arch),
		IF_NOT(OUR_ARCH),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		LOAD(nr),
#ifdef __x86_64__
		IF_AT_LEAST(__X32_SYSCALL_BIT),
		RETURN(SECCOMP_RET_KILL_PROCESS),
#endif
		IF(SYS_uname),
		RETURN(SECCOMP_RET_ERRNO | EPERM),
		IF(SYS_sethostname),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		RETURN(SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(instructions) / sizeof(*instructions),
		.filter = instructions,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die("no_new_privs");
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
		die("seccomp");
}

int main(void)
{
	struct utsname names;
	int status;
	pid_t child;

	setvbuf(stdout, NULL, _IOLBF, 0);
	lock_in();

	printf("uname: %s\n", uname(&names) ? strerror(errno) : "works");
	printf("getpid: %s\n", getpid() > 0 ? "works" : strerror(errno));

	/* The filter is in force for the child too. */
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		sethostname("box", 3);
		_exit(EXIT_SUCCESS);
	}
	if (waitpid(child, &status, 0) != child)
		die("waitpid");
	if (WIFSIGNALED(status))
		printf("sethostname: killed by signal %d (%s)\n", WTERMSIG(status),
		       strsignal(WTERMSIG(status)));
	return EXIT_SUCCESS;
}
