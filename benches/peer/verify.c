/* Verifies or signs files with libxmlsec1 in this process, over and over in turns, and prints the seconds
 * of processor time that one takes.
 *
 *   verify SECONDS CERTIFICATE.der "" FILE...      the key is given, KeyInfo is not asked
 *   sign   SECONDS KEY.p12 PASSWORD FILE...        the first Signature is made anew and the document written
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <xmlsec/crypto.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmltree.h>

struct octets {
    char *first;
    size_t count;
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

static struct octets read_file(const char *name) {
    struct octets all = {NULL, 0};
    FILE *file = fopen(name, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) fail(name);
    all.count = (size_t)ftell(file);
    rewind(file);
    all.first = malloc(all.count + 1);
    if (all.first == NULL || fread(all.first, 1, all.count, file) != all.count) fail(name);
    fclose(file);
    return all;
}

static void once(int signing, xmlSecKeyPtr key, struct octets from) {
    xmlDocPtr document =
        xmlReadMemory(from.first, (int)from.count, NULL, NULL, XML_PARSE_NONET | XML_PARSE_HUGE);
    if (document == NULL) fail("not a document");
    xmlNodePtr signature = xmlSecFindNode(xmlDocGetRootElement(document), xmlSecNodeSignature, xmlSecDSigNs);
    xmlSecDSigCtxPtr context = xmlSecDSigCtxCreate(NULL);
    if (signature == NULL || context == NULL) fail("no signature");
    context->signKey = xmlSecKeyDuplicate(key);
    if (signing) {
        xmlChar *out = NULL;
        int count = 0;
        if (xmlSecDSigCtxSign(context, signature) < 0) fail("not signed");
        xmlDocDumpMemory(document, &out, &count);
        if (count == 0) fail("not written");
        xmlFree(out);
    } else if (xmlSecDSigCtxVerify(context, signature) < 0 || context->status != xmlSecDSigStatusSucceeded) {
        fail("not verified");
    }
    xmlSecDSigCtxDestroy(context);
    xmlFreeDoc(document);
}

int main(int count, char **words) {
    if (count < 6) fail("verify|sign SECONDS KEY PASSWORD FILE...");
    int signing = strcmp(words[1], "sign") == 0;
    double seconds = atof(words[2]);
    int files = count - 5;
    xmlInitParser();
    if (xmlSecInit() < 0 || xmlSecCryptoAppInit(NULL) < 0 || xmlSecCryptoInit() < 0) fail("xmlsec");
    xmlSecKeyPtr key = xmlSecCryptoAppKeyLoad(
        words[3], signing ? xmlSecKeyDataFormatPkcs12 : xmlSecKeyDataFormatCertDer, words[4], NULL, NULL);
    if (key == NULL) fail("no key");
    struct octets *all = calloc((size_t)files, sizeof *all);
    if (all == NULL) fail("no memory");
    for (int at = 0; at < files; at++) all[at] = read_file(words[5 + at]);
    once(signing, key, all[0]);
    double start = processor_seconds();
    long done = 0;
    double used;
    do {
        once(signing, key, all[done % files]);
        done++;
        used = processor_seconds() - start;
    } while (used < seconds);
    printf("%.9g\n", used / (double)done);
    return 0;
}
