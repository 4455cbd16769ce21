/* A libnvidia-ml.so.1 for tests: answers from the file named by OPSCONSOLE_TEST_NVML, read anew at every call.
 *
 * One word or fact a line; see world.py, which writes it:
 *   driver 550.54.15
 *   cuda 12040
 *   library 12.550.54.15               what nvmlSystemGetNVMLVersion says
 *   init CODE                          nvmlInit answers CODE
 *   device INDEX KEY=VALUE ...         uuid name total base util temp power throttle mig minor pci ecc; VALUE "!N": error N;
 *                                      migpending eccmode eccpending retiring remapping remapfailed
 *   slice INDEX NUMBER KEY=VALUE ...   a MIG device: uuid name total base
 *   process PLACE KIND PID MEMORY [lingers] [leaks]    PLACE is INDEX or INDEX.NUMBER; MEMORY "-": not available
 *   error CALL CODE                    CALL answers CODE
 *   hang CALL | wait CALL | abort CALL | chatter CALL  never return (deaf to signals | not), crash, print to stdout
 *
 * Memory in use is `base` and what the live processes hold; a process that leaks holds it for ever.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SUCCESS = 0, INVALID = 2, UNSUPPORTED = 3, NOT_FOUND = 6, TOO_SMALL = 7, UNKNOWN = 999 };
enum { LINES = 512, WORDS = 32, WIDTH = 160, SLICES = 8 };

typedef unsigned long long u64;
typedef struct { unsigned pid; u64 memory; unsigned instance, compute; } process_t;
typedef struct { u64 total, free, used; } memory_t;
typedef struct { unsigned version; u64 total, reserved, free, used; } memory_v2_t;
typedef struct { char legacy[16]; unsigned numbers[5]; char bus[32]; } pci_t;
typedef struct { unsigned version; unsigned sensor; int temperature; } temperature_t;
typedef struct { int words; char word[WORDS][WIDTH]; } line_t;
typedef struct { int lines; line_t line[LINES]; } world_t;

static world_t *look(void) {
    static world_t world;
    char text[2048];
    const char *path = getenv("OPSCONSOLE_TEST_NVML");
    FILE *file = path ? fopen(path, "r") : NULL;
    world.lines = 0;
    while (file && world.lines < LINES && fgets(text, sizeof text, file)) {
        line_t *line = &world.line[world.lines];
        line->words = 0;
        for (char *word = strtok(text, " \n"); word && line->words < WORDS; word = strtok(NULL, " \n"))
            snprintf(line->word[line->words++], WIDTH, "%s", word);
        if (line->words) world.lines++;
    }
    if (file) fclose(file);
    return &world;
}

static line_t *find(world_t *world, const char *first, const char *second, const char *third) {
    for (int at = 0; at < world->lines; at++) {
        line_t *line = &world->line[at];
        if (strcmp(line->word[0], first)) continue;
        if (second && (line->words < 2 || strcmp(line->word[1], second))) continue;
        if (third && (line->words < 3 || strcmp(line->word[2], third))) continue;
        return line;
    }
    return NULL;
}

static const char *fact(line_t *line, const char *key) {
    size_t length = strlen(key);
    for (int at = 1; line && at < line->words; at++)
        if (!strncmp(line->word[at], key, length) && line->word[at][length] == '=') return line->word[at] + length + 1;
    return NULL;
}

static void spaces(char *text) {
    for (; *text; text++) if (*text == '~') *text = ' ';
}

/* What the file orders for this call: to misbehave, or to answer with an error. */
static int ordered(world_t *world, const char *call) {
    sigset_t all;
    sigfillset(&all);
    if (find(world, "abort", call, NULL)) abort();
    if (find(world, "chatter", call, NULL)) { printf("NVRM: a driver's chatter\n"); fflush(stdout); }
    if (find(world, "hang", call, NULL)) { sigprocmask(SIG_BLOCK, &all, NULL); for (;;) pause(); }
    if (find(world, "wait", call, NULL)) for (;;) pause();
    line_t *line = find(world, "error", call, NULL);
    return line && line->words > 2 ? atoi(line->word[2]) : SUCCESS;
}

/* A handle is the GPU's index and, for a MIG device, its number, both from one. */
static void *handle_of(unsigned index, unsigned number) { return (void *)(((u64)index + 1) << 8 | number); }

static line_t *device(world_t *world, void *handle) {
    char index[16], number[16];
    u64 value = (u64)handle;
    snprintf(index, sizeof index, "%llu", (value >> 8) - 1);
    if (!(value & 255)) return find(world, "device", index, NULL);
    snprintf(number, sizeof number, "%llu", (value & 255) - 1);
    return find(world, "slice", index, number);
}

static int is_slice(void *handle) { return ((u64)handle & 255) != 0; }

/* One number of a device: absent is not supported, "!N" is error N. */
static int number(world_t *world, void *handle, const char *key, u64 *value) {
    const char *text = fact(device(world, handle), key);
    if (!text) return UNSUPPORTED;
    if (*text == '!') return atoi(text + 1);
    *value = strtoull(text, NULL, 0);
    return SUCCESS;
}

static int text_of(void *handle, const char *call, const char *key, char *out, unsigned length) {
    world_t *world = look();
    int code = ordered(world, call);
    if (code) return code;
    const char *text = fact(device(world, handle), key);
    if (!text) return UNSUPPORTED;
    if (*text == '!') return atoi(text + 1);
    snprintf(out, length, "%s", text);
    spaces(out);
    return SUCCESS;
}

/* Whether anything of the process runs: a zombie whose threads have all ended holds no memory. */
static int lives(const char *pid) {
    char path[64], text[1024], state = 0;
    long threads = 0;
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    char *tail = strrchr(text, ')');
    if (!tail) return 0;
    sscanf(tail + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %ld", &state, &threads);
    return state != 'X' && (state != 'Z' || threads > 1);
}

static int has(line_t *line, const char *word) {
    for (int at = 5; at < line->words; at++) if (!strcmp(line->word[at], word)) return 1;
    return 0;
}

/* Whether a `process` line is about this handle; a GPU holds what its MIG devices hold too. */
static int is_on(line_t *line, void *handle, int with_slices) {
    unsigned index = 0, number = 0;
    int found = sscanf(line->word[1], "%u.%u", &index, &number);
    if (handle_of(index, found == 2 ? number + 1 : 0) == handle) return 1;
    return with_slices && found == 2 && handle_of(index, 0) == handle;
}

static int held(world_t *world, void *handle, u64 *total, u64 *used) {
    int code = number(world, handle, "total", total);
    if (code) return code;
    *used = 0;
    number(world, handle, "base", used);
    for (int at = 0; at < world->lines; at++) {
        line_t *line = &world->line[at];
        if (strcmp(line->word[0], "process") || line->words < 5 || !is_on(line, handle, 1)) continue;
        if (has(line, "leaks") || lives(line->word[3])) *used += strtoull(line->word[4], NULL, 0);
    }
    return SUCCESS;
}

static int processes(void *handle, const char *call, const char *kind, unsigned *count, process_t *out) {
    world_t *world = look();
    unsigned found = 0;
    int code = ordered(world, call);
    if (code) return code;
    for (int pass = 0; pass < 2; pass++) {
        unsigned room = *count;
        if (pass && (found > room || (found && !out))) { *count = found; return TOO_SMALL; }
        found = 0;
        for (int at = 0; at < world->lines; at++) {
            line_t *line = &world->line[at];
            if (strcmp(line->word[0], "process") || line->words < 5 || strcmp(line->word[2], kind)) continue;
            if (!is_on(line, handle, 0) || !(has(line, "lingers") || lives(line->word[3]))) continue;
            if (pass) {
                u64 memory = line->word[4][0] == '-' ? ~0ULL : strtoull(line->word[4], NULL, 0);
                out[found] = (process_t){(unsigned)atoi(line->word[3]), memory, ~0u, ~0u};
            }
            found++;
        }
    }
    *count = found;
    return SUCCESS;
}

#define ORDERED(call) world_t *world = look(); int code = ordered(world, call); if (code) return code

int nvmlInitWithFlags(unsigned flags) {
    (void)flags;
    ORDERED("nvmlInitWithFlags");
    line_t *line = find(world, "init", NULL, NULL);
    return line && line->words > 1 ? atoi(line->word[1]) : SUCCESS;
}
int nvmlInit_v2(void) { return nvmlInitWithFlags(0); }
int nvmlShutdown(void) { return SUCCESS; }
const char *nvmlErrorString(int code) { (void)code; return "error of the NVML for tests"; }

int nvmlSystemGetDriverVersion(char *out, unsigned length) {
    ORDERED("nvmlSystemGetDriverVersion");
    line_t *line = find(world, "driver", NULL, NULL);
    if (!line) return UNSUPPORTED;
    snprintf(out, length, "%s", line->word[1]);
    return SUCCESS;
}

int nvmlSystemGetCudaDriverVersion_v2(int *out) {
    ORDERED("nvmlSystemGetCudaDriverVersion_v2");
    line_t *line = find(world, "cuda", NULL, NULL);
    if (!line) return UNSUPPORTED;
    *out = atoi(line->word[1]);
    return SUCCESS;
}

int nvmlDeviceGetCount_v2(unsigned *count) {
    ORDERED("nvmlDeviceGetCount_v2");
    *count = 0;
    for (int at = 0; at < world->lines; at++) *count += !strcmp(world->line[at].word[0], "device");
    return SUCCESS;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **handle) {
    ORDERED("nvmlDeviceGetHandleByIndex_v2");
    *handle = handle_of(index, 0);
    const char *lost = fact(device(world, *handle), "handle");
    if (!device(world, *handle)) return INVALID;
    return lost ? atoi(lost + 1) : SUCCESS;
}

int nvmlDeviceGetUUID(void *handle, char *out, unsigned length) {
    return text_of(handle, "nvmlDeviceGetUUID", "uuid", out, length);
}
int nvmlDeviceGetName(void *handle, char *out, unsigned length) {
    return text_of(handle, "nvmlDeviceGetName", "name", out, length);
}

int nvmlDeviceGetMemoryInfo(void *handle, memory_t *out) {
    ORDERED("nvmlDeviceGetMemoryInfo");
    u64 total = 0, used = 0;
    if ((code = held(world, handle, &total, &used))) return code;
    *out = (memory_t){total, total - used, used};
    return SUCCESS;
}

int nvmlDeviceGetMemoryInfo_v2(void *handle, memory_v2_t *out) {
    ORDERED("nvmlDeviceGetMemoryInfo_v2");
    if (out->version != (sizeof *out | 2u << 24)) return 25;
    u64 total = 0, used = 0;
    if ((code = held(world, handle, &total, &used))) return code;
    out->total = total, out->reserved = 0, out->free = total - used, out->used = used;
    return SUCCESS;
}

int nvmlDeviceGetUtilizationRates(void *handle, unsigned *rates) {
    ORDERED("nvmlDeviceGetUtilizationRates");
    u64 value = 0;
    if ((code = number(world, handle, "util", &value))) return code;
    rates[0] = rates[1] = (unsigned)value;
    return SUCCESS;
}

int nvmlDeviceGetTemperatureV(void *handle, temperature_t *out) {
    ORDERED("nvmlDeviceGetTemperatureV");
    u64 value = 0;
    if ((code = number(world, handle, "temp", &value))) return code;
    out->temperature = (int)value;
    return SUCCESS;
}

static int plain(void *handle, const char *call, const char *key, unsigned *out) {
    ORDERED(call);
    u64 value = 0;
    if ((code = number(world, handle, key, &value))) return code;
    *out = (unsigned)value;
    return SUCCESS;
}
int nvmlDeviceGetTemperature(void *handle, unsigned sensor, unsigned *out) {
    (void)sensor;
    return plain(handle, "nvmlDeviceGetTemperature", "temp", out);
}
int nvmlDeviceGetMinorNumber(void *handle, unsigned *out) {
    return plain(handle, "nvmlDeviceGetMinorNumber", "minor", out);
}
int nvmlDeviceGetPowerUsage(void *handle, unsigned *out) {
    return plain(handle, "nvmlDeviceGetPowerUsage", "power", out);
}

static int throttle(void *handle, const char *call, u64 *out) {
    ORDERED(call);
    return number(world, handle, "throttle", out);
}
int nvmlDeviceGetCurrentClocksEventReasons(void *handle, u64 *out) {
    return throttle(handle, "nvmlDeviceGetCurrentClocksEventReasons", out);
}
int nvmlDeviceGetCurrentClocksThrottleReasons(void *handle, u64 *out) {
    return throttle(handle, "nvmlDeviceGetCurrentClocksThrottleReasons", out);
}

static int modes(void *handle, const char *call, const char *now, const char *later, unsigned *current, unsigned *pending) {
    ORDERED(call);
    u64 value = 0;
    if ((code = number(world, handle, now, &value))) return code;
    *current = *pending = (unsigned)value;
    if (number(world, handle, later, &value) == SUCCESS) *pending = (unsigned)value;
    return SUCCESS;
}
int nvmlDeviceGetMigMode(void *handle, unsigned *current, unsigned *pending) {
    return modes(handle, "nvmlDeviceGetMigMode", "mig", "migpending", current, pending);
}
int nvmlDeviceGetEccMode(void *handle, unsigned *current, unsigned *pending) {
    return modes(handle, "nvmlDeviceGetEccMode", "eccmode", "eccpending", current, pending);
}
int nvmlDeviceGetTotalEccErrors(void *handle, int type, int counter, u64 *out) {
    ORDERED("nvmlDeviceGetTotalEccErrors");
    if (type != 1 || counter != 0) return INVALID;
    return number(world, handle, "ecc", out);
}
int nvmlDeviceGetRetiredPagesPendingStatus(void *handle, unsigned *out) {
    return plain(handle, "nvmlDeviceGetRetiredPagesPendingStatus", "retiring", out);
}
int nvmlDeviceGetRemappedRows(void *handle, unsigned *good, unsigned *bad, unsigned *pending, unsigned *failed) {
    ORDERED("nvmlDeviceGetRemappedRows");
    u64 value = 0;
    *good = *bad = *failed = 0;
    if ((code = number(world, handle, "remapping", &value))) return code;
    *pending = (unsigned)value;
    if (number(world, handle, "remapfailed", &value) == SUCCESS) *failed = (unsigned)value;
    return SUCCESS;
}
int nvmlDeviceGetPciInfo_v3(void *handle, pci_t *out) {
    memset(out, 0, sizeof *out);
    return text_of(handle, "nvmlDeviceGetPciInfo_v3", "pci", out->bus, sizeof out->bus);
}
int nvmlSystemGetNVMLVersion(char *out, unsigned length) {
    ORDERED("nvmlSystemGetNVMLVersion");
    line_t *line = find(world, "library", NULL, NULL);
    if (!line) return UNSUPPORTED;
    snprintf(out, length, "%s", line->word[1]);
    return SUCCESS;
}

int nvmlDeviceGetMaxMigDeviceCount(void *handle, unsigned *count) {
    ORDERED("nvmlDeviceGetMaxMigDeviceCount");
    (void)handle;
    *count = SLICES;
    return SUCCESS;
}

int nvmlDeviceGetMigDeviceHandleByIndex(void *handle, unsigned number, void **out) {
    ORDERED("nvmlDeviceGetMigDeviceHandleByIndex");
    *out = handle_of((unsigned)((u64)handle >> 8) - 1, number + 1);
    return device(world, *out) ? SUCCESS : NOT_FOUND;
}

/* In MIG mode the lists are asked of the MIG devices; the GPU itself refuses. */
#define LIST(name, kind) \
    int name(void *handle, unsigned *count, process_t *out) { \
        u64 mig = 0; \
        world_t *world = look(); \
        if (!is_slice(handle) && !number(world, handle, "mig", &mig) && mig) return UNSUPPORTED; \
        return processes(handle, #name, kind, count, out); \
    }
LIST(nvmlDeviceGetComputeRunningProcesses_v2, "compute")
LIST(nvmlDeviceGetComputeRunningProcesses_v3, "compute")
LIST(nvmlDeviceGetGraphicsRunningProcesses_v2, "graphics")
LIST(nvmlDeviceGetGraphicsRunningProcesses_v3, "graphics")
LIST(nvmlDeviceGetMPSComputeRunningProcesses_v2, "mps")
LIST(nvmlDeviceGetMPSComputeRunningProcesses_v3, "mps")
