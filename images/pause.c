/* pause: PID 1 of a Pod's sandbox and of a node. It holds the namespaces open, reaps orphans, and exits 0 on SIGTERM
 * or SIGINT. No libc: the whole program is a few hundred bytes of code and one page of memory.
 *
 * The signals are blocked and then fetched one by one: the kernel throws away a signal that would do nothing to PID 1
 * by default, but never one that is blocked, so no handlers are needed. */

#if defined(__x86_64__)
enum { SIGPROCMASK = 14, WAIT4 = 61, SIGTIMEDWAIT = 128, EXIT_GROUP = 231 };

static long syscall4(long number, long a, long b, long c, long d) {
    long result;
    register long r10 __asm__("r10") = d;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
enum { SIGPROCMASK = 135, WAIT4 = 260, SIGTIMEDWAIT = 137, EXIT_GROUP = 94 };

static long syscall4(long number, long a, long b, long c, long d) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return x0;
}
#else
#error "pause knows x86_64 and aarch64"
#endif

enum { INT = 2, TERM = 15, CHLD = 17, BLOCK = 0, NOHANG = 1, ANY_CHILD = -1, MASK_BYTES = 8 };

void _start(void) {
    unsigned long mask = 1ul << (INT - 1) | 1ul << (TERM - 1) | 1ul << (CHLD - 1);
    syscall4(SIGPROCMASK, BLOCK, (long)&mask, 0, MASK_BYTES);
    for (;;) {
        long signal = syscall4(SIGTIMEDWAIT, (long)&mask, 0, 0, MASK_BYTES);
        if (signal == INT || signal == TERM) syscall4(EXIT_GROUP, 0, 0, 0, 0);
        while (syscall4(WAIT4, ANY_CHILD, 0, NOHANG, 0) > 0) {
        }
    }
}
