/* The national algorithms by OpenSSL's engine of the name "gost" (Debian: libengine-gost-openssl), over and
 * over in this process; prints the seconds of processor time that one operation takes.
 *
 *   gost verify|sign|generate|parse SECONDS ALGORITHM PARAMETERS
 *
 * ALGORITHM and PARAMETERS as `openssl genpkey` knows them: gost2012_512 A, gost2012_256 TCA, gost2012_256 A.
 * Keys, digests, signatures and contexts are made before, of many different keys, which take turns.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/engine.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

enum { KEYS = 64, LONGEST = 256 };

struct work {
    EVP_PKEY *key;
    EVP_PKEY_CTX *signing;
    EVP_PKEY_CTX *verifying;
    unsigned char digest[64];
    size_t digest_count;
    unsigned char signature[LONGEST];
    size_t signature_count;
    unsigned char *public_key;
    int public_key_count;
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

static EVP_PKEY *generate(ENGINE *engine, int algorithm, const char *parameters) {
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(algorithm, engine);
    if (context == NULL || EVP_PKEY_keygen_init(context) <= 0 ||
        EVP_PKEY_CTX_ctrl_str(context, "paramset", parameters) <= 0 || EVP_PKEY_keygen(context, &key) <= 0)
        fail("no key");
    EVP_PKEY_CTX_free(context);
    return key;
}

static void sign(struct work *work) {
    work->signature_count = LONGEST;
    if (EVP_PKEY_sign(work->signing, work->signature, &work->signature_count, work->digest,
                      work->digest_count) <= 0)
        fail("not signed");
}

static void verify(struct work *work) {
    if (EVP_PKEY_verify(work->verifying, work->signature, work->signature_count, work->digest,
                        work->digest_count) != 1)
        fail("not verified");
}

static void parse(struct work *work) {
    const unsigned char *octets = work->public_key;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &octets, work->public_key_count);
    if (key == NULL) fail("no public key");
    EVP_PKEY_free(key);
}

int main(int count, char **words) {
    static struct work all[KEYS];
    if (count != 5) fail("verify|sign|generate|parse SECONDS ALGORITHM PARAMETERS");
    double seconds = atof(words[2]);
    ENGINE_load_builtin_engines();
    ENGINE *engine = ENGINE_by_id("gost");
    if (engine == NULL || !ENGINE_init(engine) || !ENGINE_set_default(engine, ENGINE_METHOD_ALL))
        fail("no engine of the name gost");
    int algorithm = OBJ_sn2nid(words[3]);
    for (int at = 0; at < KEYS; at++) {
        struct work *work = &all[at];
        work->key = generate(engine, algorithm, words[4]);
        work->digest_count = strcmp(words[3], "gost2012_512") == 0 ? 64 : 32;
        if (RAND_bytes(work->digest, (int)work->digest_count) != 1) fail("no randomness");
        work->signing = EVP_PKEY_CTX_new(work->key, engine);
        work->verifying = EVP_PKEY_CTX_new(work->key, engine);
        if (EVP_PKEY_sign_init(work->signing) <= 0 || EVP_PKEY_verify_init(work->verifying) <= 0)
            fail("no context");
        work->public_key_count = i2d_PUBKEY(work->key, &work->public_key);
        sign(work);
        verify(work);
        parse(work);
    }
    double start = processor_seconds();
    long done = 0;
    double used;
    do {
        struct work *work = &all[done % KEYS];
        switch (words[1][0]) {
        case 'v': verify(work); break;
        case 's': sign(work); break;
        case 'p': parse(work); break;
        default: EVP_PKEY_free(generate(engine, algorithm, words[4]));
        }
        done++;
        used = processor_seconds() - start;
    } while (used < seconds);
    printf("%.9g\n", used / (double)done);
    return 0;
}
