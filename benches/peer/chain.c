/* Certificate paths by OpenSSL's X509_verify_cert, over and over in this process; prints the seconds of
 * processor time that one takes.
 *
 *   chain der|parsed|list|der-list SECONDS FOLDER COUNT
 *
 * FOLDER has root.cer, ca.cer, leaf-0.cer to leaf-(COUNT-1).cer and ca.crl, all DER. With `der` every
 * certificate is read anew for each path, with `parsed` all were read before, and with `list` and
 * `der-list` the store has the revocation list too, read before, and it is asked about the leaf.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

struct octets {
    unsigned char *start;
    long count;
};

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static double processor_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static struct octets load(const char *folder, const char *name) {
    char path[4096];
    struct octets found;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) fail(path);
    fseek(file, 0, SEEK_END);
    found.count = ftell(file);
    rewind(file);
    found.start = malloc((size_t)found.count);
    if (found.start == NULL || fread(found.start, 1, (size_t)found.count, file) != (size_t)found.count) fail(path);
    fclose(file);
    return found;
}

static X509 *certificate(struct octets octets) {
    const unsigned char *start = octets.start;
    X509 *found = d2i_X509(NULL, &start, octets.count);
    if (found == NULL) fail("no certificate");
    return found;
}

static void with_list(X509_STORE *store, X509_CRL *list) {
    if (X509_STORE_add_crl(store, list) != 1) fail("no list");
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
}

static void check(X509_STORE *store, X509 *leaf, STACK_OF(X509) *others) {
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (context == NULL || X509_STORE_CTX_init(context, store, leaf, others) != 1) fail("no context");
    if (X509_verify_cert(context) != 1) fail(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
    X509_STORE_CTX_free(context);
}

int main(int count, char **words) {
    if (count != 5) fail("der|parsed|list|der-list SECONDS FOLDER COUNT");
    double seconds = atof(words[2]);
    int leaves = atoi(words[4]);
    struct octets root = load(words[3], "root.cer"), ca = load(words[3], "ca.cer");
    struct octets *leaf = calloc((size_t)leaves, sizeof *leaf);
    X509 **parsed = calloc((size_t)leaves, sizeof *parsed);
    for (int at = 0; at < leaves; at++) {
        char name[32];
        snprintf(name, sizeof name, "leaf-%d.cer", at);
        leaf[at] = load(words[3], name);
        parsed[at] = certificate(leaf[at]);
    }
    X509_STORE *store = X509_STORE_new();
    STACK_OF(X509) *others = sk_X509_new_null();
    X509_STORE_add_cert(store, certificate(root));
    sk_X509_push(others, certificate(ca));
    X509_CRL *list = NULL;
    if (strstr(words[1], "list") != NULL) {
        struct octets octets = load(words[3], "ca.crl");
        const unsigned char *start = octets.start;
        list = d2i_X509_CRL(NULL, &start, octets.count);
        if (list == NULL) fail("no list");
        with_list(store, list);
    }
    int anew = strncmp(words[1], "der", 3) == 0;
    double start = processor_seconds(), used;
    long done = 0;
    do {
        int at = (int)(done % leaves);
        if (anew) {
            X509_STORE *own = X509_STORE_new();
            STACK_OF(X509) *above = sk_X509_new_null();
            X509 *anchor = certificate(root), *own_leaf = certificate(leaf[at]);
            X509_STORE_add_cert(own, anchor);
            if (list != NULL) with_list(own, list);
            sk_X509_push(above, certificate(ca));
            check(own, own_leaf, above);
            sk_X509_pop_free(above, X509_free);
            X509_free(own_leaf);
            X509_free(anchor);
            X509_STORE_free(own);
        } else {
            check(store, parsed[at], others);
        }
        done++;
        used = processor_seconds() - start;
    } while (used < seconds);
    printf("%.9g\n", used / (double)done);
    return 0;
}
