
signature-wrapped = The element that the reference { $uri } names does not stand where this signature may sign it; the signed part was moved.
    .remedy = Treat the document as forged. Ask the sender for the document as it was signed.
unsigned-twin = The document holds an unsigned element of the same name as the signed element { $xpath }, so it is not clear which one was meant.
    .remedy = Use only the signed element, or ask for a document whose signature covers all of it.
