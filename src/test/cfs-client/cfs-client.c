/*
 * A stand-in for the CubeFS client in Heddle's tests: a real FUSE file system that passes through to a directory.
 *
 *   [CFS_STUB_ROOT=<dir>] cfs-client -f -c <config.json>
 *
 * Without CFS_STUB_ROOT it is the directory "volumes" beside the program.
 *
 * Like the real one it reads mountPoint, volName, owner, masterAddr, logDir, logLevel, accessKey, secretKey, subdir and
 * rdonly; writes its options, the secret key included, to its output, which it then redirects to
 * <logDir>/client/client/output.log; has more log files there and a listening loopback port; mounts as type fuse.cubefs with
 * source cubefs-<volName> and allow_other; exits without unmounting on SIGTERM and with 0 after an unmount.
 *
 * The data of a volume is <dir>/<volName>/. Each start adds a line with its pid to <dir>/<volName>.starts, and each mount
 * the microseconds from main() to the answered FUSE_INIT to <dir>/<volName>.mounted; each statfs adds one to <volName>.statfs.
 * <volName>.masters has the masterAddr of the latest start. If <volName>.keys is there ("<access key> <secret key>"), other keys
 * are refused when any are given, after the output was redirected. The owner is not checked: the real one does not either.
 *
 * <dir>/<volName>.mode chooses what goes wrong:
 *   exit1 <message>   say it and exit 1, before mounting; the time, in microseconds since 1970, goes to <volName>.ended
 *   slow <ms>         wait before mounting
 *   late <ms> <message>  wait, write it to output.log and exit 1: as the real one does after 75 s for wrong keys or masters away
 *   masters <ms>      make 5 calls, each to the first master that answers; a silent one costs that long at each call
 *   silent            mount, but leave every request unanswered while the file says so (it is read at each request)
 *   backend-away      as silent, but statfs and the root are answered: the real one answers them without its metanodes
 *   backend-error     the same, but fail with EIO instead of hanging
 *   statfs-error      fail each statfs with EIO
 *   never             never mount, never exit
 *   die-after <ms>    exit 1 that long after the mount, without unmounting
 *   ignore-term       ignore SIGTERM
 *   linger            stay alive after the unmount until killed
 *   chatty <kib>      write that much output before mounting
 *   logs <kib>        write that much to the info log, the warn log, a rotated warn log, and the audit log unless it is off
 *
 * Build: gcc -O1 -o cfs-client cfs-client.c $(pkg-config --cflags --libs fuse3) -lpthread
 */
#define _GNU_SOURCE
#define FUSE_USE_VERSION 31

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define PATHS 8192

static const char *stub_root;
static char volume[256];
static char backing[2 * PATHS];
static char mode_file[PATHS];
static struct timespec began;
static long die_after_ms = -1;

/* ---- configuration ---------------------------------------------------------------------------------------------- */

static void put_utf8(char *out, size_t size, size_t *length, unsigned code) {
    char bytes[4];
    int n = 0;
    if (code < 0x80) {
        bytes[n++] = (char) code;
    } else if (code < 0x800) {
        bytes[n++] = (char) (0xC0 | (code >> 6));
        bytes[n++] = (char) (0x80 | (code & 0x3F));
    } else {
        bytes[n++] = (char) (0xE0 | (code >> 12));
        bytes[n++] = (char) (0x80 | ((code >> 6) & 0x3F));
        bytes[n++] = (char) (0x80 | (code & 0x3F));
    }
    for (int i = 0; i < n && *length + 1 < size; i++) {
        out[(*length)++] = bytes[i];
    }
}

/* The value of a key of a flat JSON object; strings are unescaped, other values copied as they stand. */
static int json_value(const char *json, const char *key, char *out, size_t size) {
    char quoted[128];
    snprintf(quoted, sizeof quoted, "\"%s\"", key);
    const char *at = strstr(json, quoted);
    size_t length = 0;
    out[0] = '\0';
    if (at == NULL) {
        return 0;
    }
    at += strlen(quoted);
    at += strspn(at, " \t\r\n:");
    if (*at != '"') {
        while (*at != '\0' && strchr(",} \t\r\n", *at) == NULL && length + 1 < size) {
            out[length++] = *at++;
        }
        out[length] = '\0';
        return 1;
    }
    for (at++; *at != '\0' && *at != '"'; at++) {
        if (*at != '\\') {
            if (length + 1 < size) {
                out[length++] = *at;
            }
            continue;
        }
        at++;
        switch (*at) {
            case 'b': put_utf8(out, size, &length, '\b'); break;
            case 'f': put_utf8(out, size, &length, '\f'); break;
            case 'n': put_utf8(out, size, &length, '\n'); break;
            case 'r': put_utf8(out, size, &length, '\r'); break;
            case 't': put_utf8(out, size, &length, '\t'); break;
            case 'u': {
                char hex[5] = {0};
                strncpy(hex, at + 1, 4);
                put_utf8(out, size, &length, (unsigned) strtoul(hex, NULL, 16));
                at += 4;
                break;
            }
            default: put_utf8(out, size, &length, (unsigned char) *at);
        }
    }
    out[length] = '\0';
    return 1;
}

static char *slurp(const char *path) {
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return NULL;
    }
    char *text = calloc(1, 256 * 1024);
    size_t n = fread(text, 1, 256 * 1024 - 1, file);
    text[n] = '\0';
    fclose(file);
    return text;
}

static void add_line(const char *suffix, long number) {
    char path[PATHS];
    snprintf(path, sizeof path, "%s/%s.%s", stub_root, volume, suffix);
    FILE *file = fopen(path, "ae");
    if (file != NULL) {
        fprintf(file, "%ld\n", number);
        fclose(file);
    }
}

static void sleep_ms(long ms) {
    struct timespec pause = {ms / 1000, (ms % 1000) * 1000000L};
    nanosleep(&pause, NULL);
}

/* ---- the file system -------------------------------------------------------------------------------------------- */

static int mode_is(const char *expected) {
    char word[32] = {0};
    int fd = open(mode_file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t n = read(fd, word, sizeof word - 1);
    close(fd);
    return n > 0 && strncmp(word, expected, strlen(expected)) == 0;
}

/* Each request passes here. */
static void gate(void) {
    while (mode_is("silent")) {
        sleep_ms(5);
    }
}

/* Each request that the real client can't answer by itself passes here; false when it fails. */
static int backend(void) {
    gate();
    while (mode_is("backend-away")) {
        sleep_ms(5);
    }
    return !mode_is("backend-error");
}

static void at(char *out, const char *path) {
    snprintf(out, 3 * PATHS, "%s%s", backing, path);
}

#define BACKEND          \
    if (!backend()) {    \
        return -EIO;     \
    }
#define REAL(path)        \
    char real[3 * PATHS]; \
    BACKEND               \
    at(real, path)
#define ANSWER(call) return (call) == -1 ? -errno : 0

static void *op_init(struct fuse_conn_info *conn, struct fuse_config *config) {
    struct timespec now;
    (void) conn;
    config->use_ino = 1;
    config->attr_timeout = 0;
    config->entry_timeout = 0;
    clock_gettime(CLOCK_MONOTONIC, &now);
    add_line("mounted", (now.tv_sec - began.tv_sec) * 1000000L + (now.tv_nsec - began.tv_nsec) / 1000);
    return NULL;
}

static int op_getattr(const char *path, struct stat *st, struct fuse_file_info *fi) {
    char real[3 * PATHS];
    gate();
    if (strcmp(path, "/") != 0) {
        BACKEND
    }
    at(real, path);
    if (fi != NULL) {
        ANSWER(fstat((int) fi->fh, st));
    }
    ANSWER(lstat(real, st));
}

static int op_readdir(
        const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *fi,
        enum fuse_readdir_flags flags) {
    REAL(path);
    DIR *directory = opendir(real);
    struct dirent *entry;
    (void) offset;
    (void) fi;
    (void) flags;
    if (directory == NULL) {
        return -errno;
    }
    while ((entry = readdir(directory)) != NULL) {
        if (fill(buffer, entry->d_name, NULL, 0, 0)) {
            break;
        }
    }
    closedir(directory);
    return 0;
}

static int op_open(const char *path, struct fuse_file_info *fi) {
    REAL(path);
    int fd = open(real, (fi->flags & ~O_NOFOLLOW) | O_CLOEXEC);
    if (fd == -1) {
        return -errno;
    }
    fi->fh = (uint64_t) fd;
    fi->direct_io = 1; /* so that every read and write reaches us */
    return 0;
}

static int op_create(const char *path, mode_t mode, struct fuse_file_info *fi) {
    REAL(path);
    int fd = open(real, fi->flags | O_CREAT | O_CLOEXEC, mode);
    if (fd == -1) {
        return -errno;
    }
    fi->fh = (uint64_t) fd;
    fi->direct_io = 1;
    return 0;
}

static int op_read(const char *path, char *buffer, size_t size, off_t offset, struct fuse_file_info *fi) {
    (void) path;
    BACKEND
    ssize_t n = pread((int) fi->fh, buffer, size, offset);
    return n == -1 ? -errno : (int) n;
}

static int op_write(const char *path, const char *buffer, size_t size, off_t offset, struct fuse_file_info *fi) {
    (void) path;
    BACKEND
    ssize_t n = pwrite((int) fi->fh, buffer, size, offset);
    return n == -1 ? -errno : (int) n;
}

static int op_release(const char *path, struct fuse_file_info *fi) {
    (void) path;
    close((int) fi->fh);
    return 0;
}

static int op_truncate(const char *path, off_t size, struct fuse_file_info *fi) {
    REAL(path);
    if (fi != NULL) {
        ANSWER(ftruncate((int) fi->fh, size));
    }
    ANSWER(truncate(real, size));
}

static int op_mkdir(const char *path, mode_t mode) {
    REAL(path);
    ANSWER(mkdir(real, mode));
}

static int op_rmdir(const char *path) {
    REAL(path);
    ANSWER(rmdir(real));
}

static int op_unlink(const char *path) {
    REAL(path);
    ANSWER(unlink(real));
}

static int op_rename(const char *from, const char *to, unsigned int flags) {
    char real_to[3 * PATHS];
    REAL(from);
    if (flags != 0) {
        return -EINVAL;
    }
    at(real_to, to);
    ANSWER(rename(real, real_to));
}

static int op_chmod(const char *path, mode_t mode, struct fuse_file_info *fi) {
    (void) fi;
    REAL(path);
    ANSWER(chmod(real, mode));
}

static int op_utimens(const char *path, const struct timespec times[2], struct fuse_file_info *fi) {
    (void) fi;
    REAL(path);
    ANSWER(utimensat(AT_FDCWD, real, times, AT_SYMLINK_NOFOLLOW));
}

static int op_statfs(const char *path, struct statvfs *st) {
    char real[3 * PATHS];
    gate();
    add_line("statfs", 1);
    if (mode_is("statfs-error")) {
        return -EIO;
    }
    at(real, path);
    ANSWER(statvfs(real, st));
}

static const struct fuse_operations operations = {
    .init = op_init,
    .getattr = op_getattr,
    .readdir = op_readdir,
    .open = op_open,
    .create = op_create,
    .read = op_read,
    .write = op_write,
    .release = op_release,
    .truncate = op_truncate,
    .mkdir = op_mkdir,
    .rmdir = op_rmdir,
    .unlink = op_unlink,
    .rename = op_rename,
    .chmod = op_chmod,
    .utimens = op_utimens,
    .statfs = op_statfs,
};

/* ---- the process ------------------------------------------------------------------------------------------------ */

static void on_term(int signal) {
    (void) signal;
    _exit(1); /* as the real client: without unmounting */
}

static void *die_later(void *unused) {
    sleep_ms(die_after_ms);
    fprintf(stderr, "cfs-client: giving up after %ld ms\n", die_after_ms);
    _exit(1);
    return unused;
}

/*
 * As the real client: prints about 75 option lines, the secret key included, to its output, and then redirects its output to
 * <logDir>/client/client/output.log, where the reason of a later failure is written.
 */
static void show_options(const char *config, const char *log_dir) {
    static const char *keys[] = {"mountPoint", "volName", "owner", "masterAddr", "logDir", "logLevel",
                                 "accessKey", "secretKey", "subdir", "rdonly", "enableAudit"};
    char path[PATHS + 64];
    char value[4096];
    char *parts[] = {"", "/client", "/client/client"};
    size_t known = sizeof keys / sizeof keys[0];
    for (size_t i = 0; i < known; i++) {
        json_value(config, keys[i], value, sizeof value);
        printf("keyword[%s] value[%s] type[string]\n", keys[i], value);
    }
    for (size_t i = known; i < 75; i++) {
        printf("keyword[option%zu] value[0] type[int64]\n", i);
    }
    fflush(stdout);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s%s", log_dir, parts[i]);
        mkdir(path, 0755);
    }
    snprintf(path, sizeof path, "%s/client/client/output.log", log_dir);
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (log >= 0) {
        dup2(log, STDOUT_FILENO);
        dup2(log, STDERR_FILENO);
        close(log);
    }
    char secret[4096];
    char access[4096];
    json_value(config, "secretKey", secret, sizeof secret);
    json_value(config, "accessKey", access, sizeof access);
    printf("options: %s\n", config);
    printf("accessKey(%s) secretKey(%s)\n", access, secret);
    fflush(stdout);
}

/* The log files beside output.log, and the port for profiling. */
static void open_more(const char *log_dir) {
    static const char *names[] = {"info", "warn", "error", "critical", "debug", "read", "write"};
    char path[2 * PATHS];
    snprintf(path, sizeof path, "%s/client/%s", log_dir, volume);
    mkdir(path, 0755);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/client/%s/%s_%s.log", log_dir, volume, volume, names[i]);
        int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (log >= 0 && dprintf(log, "started\n") < 0) {
            close(log);
        }
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int port = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(port, (struct sockaddr *) &address, sizeof address) != 0 || listen(port, 1) != 0) {
        perror("cfs-client: no port");
    }
}

/* As the real client after a busy week: it rotates its logs and does not delete the rotated ones while the disk has room. */
static void write_logs(const char *config, const char *log_dir, long kib) {
    char audit[16];
    char path[2 * PATHS];
    static const char *names[] = {"_info.log", "_warn.log", "_warn.log.20260101000000.old"};
    json_value(config, "enableAudit", audit, sizeof audit);
    for (int i = strcmp(audit, "false") == 0 ? 0 : -1; i < 3; i++) {
        snprintf(path, sizeof path, "%s/client/%s/%s%s", log_dir, i < 0 ? "client" : volume, i < 0 ? "audit" : volume,
                 i < 0 ? ".log" : names[i]);
        FILE *log = fopen(path, "ae");
        for (long line = kib * 16; log != NULL && line > 0; line--) {
            fputs("2026/01/01 00:00:00.000000 [WARN ] a line of sixty-four bytes..\n", log);
        }
        if (log != NULL) {
            fclose(log);
        }
    }
}

/* Whether a master at host:port answers a request in time. */
static int master_answers(char *master, int ms) {
    char *colon = strrchr(master, ':');
    struct addrinfo *found = NULL;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    char byte;
    int answered = 0;
    if (colon == NULL) {
        return 0;
    }
    *colon = '\0';
    if (getaddrinfo(master, colon + 1, &hints, &found) == 0) {
        int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct pollfd ready = {.fd = fd, .events = POLLOUT};
        int connected = connect(fd, found->ai_addr, found->ai_addrlen) == 0 || errno == EINPROGRESS;
        if (connected && poll(&ready, 1, ms) == 1 && send(fd, "GET / HTTP/1.0\r\n\r\n", 18, MSG_NOSIGNAL) == 18) {
            ready.events = POLLIN;
            answered = poll(&ready, 1, ms) == 1 && recv(fd, &byte, 1, 0) == 1;
        }
        close(fd);
        freeaddrinfo(found);
    }
    *colon = ':';
    return answered;
}

static int ask_masters(const char *masters, int ms) {
    for (int call = 0; call < 5; call++) {
        char list[4096];
        int answered = 0;
        char *rest = NULL;
        snprintf(list, sizeof list, "%s", masters);
        for (char *one = strtok_r(list, ",", &rest); one != NULL && !answered; one = strtok_r(NULL, ",", &rest)) {
            answered = master_answers(one, ms);
        }
        if (!answered) {
            return 0;
        }
    }
    return 1;
}

static int keys_are_right(const char *config) {
    char path[PATHS];
    char access[4096];
    char secret[4096];
    char given[2 * 4096 + 2];
    snprintf(path, sizeof path, "%s/%s.keys", stub_root, volume);
    char *keys = slurp(path);
    json_value(config, "accessKey", access, sizeof access);
    json_value(config, "secretKey", secret, sizeof secret);
    snprintf(given, sizeof given, "%s %s", access, secret);
    return keys == NULL || (access[0] == '\0' && secret[0] == '\0') || strcmp(keys, given) == 0;
}

int main(int argc, char **argv) {
    const char *config_path = NULL;
    int option;
    char mount_point[PATHS];
    char subdir[PATHS];
    char log_dir[PATHS];
    char masters[4096];
    char rdonly[16];
    char mount_options[1024];
    int linger = 0;

    clock_gettime(CLOCK_MONOTONIC, &began);
    setvbuf(stdout, NULL, _IOLBF, 0);
    while ((option = getopt(argc, argv, "fc:")) != -1) {
        if (option == 'c') {
            config_path = optarg;
        }
    }
    stub_root = getenv("CFS_STUB_ROOT");
    if (stub_root == NULL) {
        static char beside[PATHS];
        ssize_t n = readlink("/proc/self/exe", beside, sizeof beside - 16);
        char *slash = n > 0 ? strrchr(beside, '/') : NULL;
        if (slash != NULL) {
            strcpy(slash, "/volumes");
            stub_root = beside;
        }
    }
    if (config_path == NULL || stub_root == NULL) {
        fprintf(stderr, "usage: [CFS_STUB_ROOT=<dir>] cfs-client -f -c <config.json>\n");
        return 2;
    }
    char *config = slurp(config_path);
    if (config == NULL) {
        fprintf(stderr, "cfs-client: cannot read %s: %s\n", config_path, strerror(errno));
        return 1;
    }
    json_value(config, "mountPoint", mount_point, sizeof mount_point);
    json_value(config, "volName", volume, sizeof volume);
    json_value(config, "subdir", subdir, sizeof subdir);
    json_value(config, "logDir", log_dir, sizeof log_dir);
    json_value(config, "rdonly", rdonly, sizeof rdonly);
    add_line("starts", getpid());
    json_value(config, "masterAddr", masters, sizeof masters);
    snprintf(backing, sizeof backing, "%s/%s.masters", stub_root, volume);
    FILE *file = fopen(backing, "we");
    if (file != NULL) {
        fputs(masters, file);
        fclose(file);
    }
    show_options(config, log_dir);
    open_more(log_dir);
    if (!keys_are_right(config)) {
        fprintf(stderr, "check permission failed: access key or secret key is wrong\n");
        return 1;
    }

    snprintf(mode_file, sizeof mode_file, "%s/%s.mode", stub_root, volume);
    signal(SIGTERM, on_term);
    char *mode = slurp(mode_file);
    if (mode != NULL) {
        mode[strcspn(mode, "\n")] = '\0';
        if (strncmp(mode, "exit1", 5) == 0) {
            fprintf(stderr, "cfs-client: %s\n", mode[5] == '\0' ? "failed" : mode + 6);
            clock_gettime(CLOCK_REALTIME, &began);
            add_line("ended", began.tv_sec * 1000000L + began.tv_nsec / 1000);
            return 1;
        } else if (strncmp(mode, "late ", 5) == 0) {
            char *message;
            sleep_ms(strtol(mode + 5, &message, 10));
            fprintf(stderr, "%s\n", message + strspn(message, " "));
            return 1;
        } else if (strncmp(mode, "masters ", 8) == 0) {
            if (!ask_masters(masters, atoi(mode + 8))) {
                fprintf(stderr, "cfs-client: no master answers\n");
                return 1;
            }
        } else if (strncmp(mode, "slow ", 5) == 0) {
            sleep_ms(atol(mode + 5));
        } else if (strcmp(mode, "never") == 0) {
            for (;;) {
                pause();
            }
        } else if (strncmp(mode, "die-after ", 10) == 0) {
            die_after_ms = atol(mode + 10);
        } else if (strcmp(mode, "ignore-term") == 0) {
            signal(SIGTERM, SIG_IGN);
        } else if (strcmp(mode, "linger") == 0) {
            linger = 1;
        } else if (strncmp(mode, "logs ", 5) == 0) {
            write_logs(config, log_dir, atol(mode + 5));
        } else if (strncmp(mode, "chatty ", 7) == 0) {
            for (long i = atol(mode + 7) * 16; i > 0; i--) {
                puts("cfs-client: a line of sixty-four bytes that says nothing at all");
            }
        }
    }

    snprintf(backing, sizeof backing, "%s/%s", stub_root, volume);
    mkdir(backing, 0755);
    if (subdir[0] != '\0') {
        snprintf(backing, sizeof backing, "%s/%s/%s", stub_root, volume, subdir);
    }
    struct stat st;
    if (stat(backing, &st) == -1) {
        fprintf(stderr, "cfs-client: no such directory in volume %s: %s\n", volume, subdir);
        return 1;
    }

    snprintf(mount_options, sizeof mount_options, "allow_other,fsname=cubefs-%s,subtype=cubefs%s", volume,
             strcmp(rdonly, "true") == 0 ? ",ro" : "");
    char *arguments[] = {"cfs-client", "-o", mount_options, NULL};
    struct fuse_args args = FUSE_ARGS_INIT(3, arguments);
    struct fuse *fuse = fuse_new(&args, &operations, sizeof operations, NULL);
    if (fuse == NULL || fuse_mount(fuse, mount_point) != 0) {
        fprintf(stderr, "cfs-client: cannot mount %s\n", mount_point);
        return 1;
    }
    if (die_after_ms >= 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, die_later, NULL);
    }
    int result = fuse_loop_mt(fuse, 0);
    while (linger) {
        pause();
    }
    fuse_unmount(fuse);
    /* An unmount ends the loop with 0; the real client exits 0 then. */
    return result == 0 ? 0 : 1;
}
