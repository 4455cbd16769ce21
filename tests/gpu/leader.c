/* A process whose first thread ends while another lives: the zombie leader that a crashed CUDA program leaves. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *stay(void *nothing) {
    for (;;) pause();
    return nothing;
}

int main(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, stay, NULL)) return 1;
    puts("ready");
    fflush(stdout);
    pthread_exit(NULL);
}
