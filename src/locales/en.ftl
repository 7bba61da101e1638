signature-wrapped = The element that the reference { $uri } names does not stand where this signature may sign it; the signed part was moved.
    .remedy = Treat the document as forged. Ask the sender for the document as it was signed.
carrier-unverified = What is signed, { $itself ->
        [yes] the whole document
       *[no] { $uri }
    }, stands in another signature or is named by a Manifest there, and it is not known whether the value of that signature is right, or what it covers: whether somebody put it there, nobody can tell.
    .remedy = See the verdict on the other signature; give its certificate or key if that is missing.
unsigned-twin = The document holds an unsigned element that may be taken for the signed part { $xpath }, by its name or by the name of what is around it, so it is not clear which one was meant.
    .remedy = Use only the signed element, or ask for a document whose signature covers all of it.
file-unreadable = The file { $file } cannot be read: { $detail }.
    .remedy = Check the path and its permissions.
certificate-read-differently = Two independent readers of certificates do not agree about { $file }: { $part ->
        [certificate] only one of them reads a certificate in it
        [tbs-certificate] the signed part
        [serial-number] the serial number
        [issuer] the issuer
        [subject] the subject
        [validity] the validity
        [subject-public-key-info] the public key
        [extensions] the extensions
        [basic-constraints] whether it is an authority's
        [key-usage] the uses of the key
       *[signature] the signature
    }. It is not used.
    .remedy = Get the certificate from its authority again. If it is the same, tell the authority and the makers of this program.
file-unwritable = The file { $file } cannot be written: { $detail }.
    .remedy = Check the path, its permissions and the free space.
trust-list-missing = The list of trust anchors { $file } is gone, so nothing in its folder is trusted: without it everything there would be, without limits.
    .remedy = Bring the list back from a copy, or make the store anew in an empty folder.
trust-list-malformed = The list of trust anchors { $file } cannot be used, so nothing is trusted by it: { $detail }.
    .remedy = Correct the list, or take one anew with trust update.
trust-store-untrusted = The file { $file } in the trust store is not trusted: { $reason ->
        [unlisted] the list does not name the certificate { $sha256 }.
        [other] it does not hold the certificate { $sha256 } that the list names.
        [missing] it is not there, and the list names the certificate { $sha256 }.
       *[unreadable] it cannot be read.
    }
    .remedy = Find out who changed the folder; add or remove the certificate with trust add and trust remove.
trust-anchor-unknown = The trust store has no anchor with the fingerprint { $sha256 }.
    .remedy = Run trust list to see the fingerprints.
trust-update-refused = The new list of trust anchors is refused, and the old one stays: { $reason ->
        [pin] its SHA-256 is { $sha256 }, which is not the one given.
        [unsigned] it is not signed, and no SHA-256 was given with --pin.
        [no-signer] the list in the store names nobody who signs the next one.
        [signer] it is signed with the certificate { $sha256 }, which is not the one that the last list named.
        [signature] its signature does not hold: { $detail }.
        [older] its sequence is { $sequence }, and that of the last list is { $last }.
        [expired] it counted until { $next_update }.
       *[malformed] it is no list: { $detail }.
    }
    .remedy = Get the newest list from whoever publishes it, and check its digest another way.
input-too-large = The input is larger than the service accepts.
    .remedy = Send a smaller file.
format-unsupported = The format of the document is not supported.
    .remedy = Send a signed XML document.
xml-malformed = The XML is malformed: { $detail }.
    .remedy = Correct the document at the place named.
xml-doctype = The XML contains a DOCTYPE.
    .remedy = Remove the DOCTYPE and sign again.
xml-entity = The XML uses the undeclared entity { $name }.
    .remedy = Replace the entity by its character.
xml-encoding = { $contradicts ->
        [yes] The document declares the encoding { $encoding }, but its first octets say another: they have a byte order mark that does not belong to it, or lack the one that does.
       *[no] The encoding { $encoding } is not supported.
    }
    .remedy = Save the document in UTF-8.
xml-limit = The document exceeds the limit: { $limit }.
    .remedy = Send a simpler document.
document-unreadable = The document could not be read to its end: { $detail }.
    .remedy = Try again; if it happens again, check where the document is kept.
no-signature = The document has no signature.
    .remedy = Sign the document first.
argument-invalid = The request is malformed: { $detail }.
    .remedy = Correct the request.
key-password-wrong = The password of the key is wrong.
    .remedy = Give the right password.
key-password-missing = The key is protected by a password, and none was given.
    .remedy = Give it with --password-env or --password-file.
key-damaged = The key file is damaged, or is no PKCS#12 or PEM file.
    .remedy = Copy the file once more from where it was issued or exported.
key-missing = There is no private key in the file.
    .remedy = Give the file in which the key was issued, or export the certificate together with its key.
key-several = There are several private keys in the file: { $names }.
    .remedy = Export the one to sign with into a file of its own.
key-unreadable = The key cannot be read: { $detail }.
    .remedy = Give a PKCS#12 or PEM file.
key-cannot-sign = The key cannot sign: { $detail }.
    .remedy = Give a key of a kind that this program signs with; if it is of one, the key or the machine is at fault.
self-check-failed = The signature just made does not pass the check and was not given out.
    .remedy = If it is over a part of the document, see that no unsigned element could be taken for that part. Otherwise try again; if it happens again, the key or the machine is at fault.
already-signed = The document is already signed.
    .remedy = Ask for a further signature explicitly.
signature-would-break = A further signature here would break signature { $number } of the document.
    .remedy = Sign a part of the document by its identifier instead, or have the earlier signature made again after this one.
signature-mismatch = The signature value does not match.
    .remedy = Ask the signer to sign again.
digest-mismatch = { $itself ->
        [yes] The document was changed after signing.
       *[no] The content { $uri } was changed after signing.
    }
    .remedy = Get the original document.
chain-not-found = No path to a trust anchor was found for the issuer { $issuer }.
    .remedy = Add the issuer's certificate or a trust anchor.
anchor-not-yet-trusted = The trust anchor { $subject } may be relied on only since { $not_before }.
    .remedy = Check the time of the judgement; whoever keeps the trust store set this date.
anchor-no-longer-trusted = The trust anchor { $subject } might be relied on only until { $not_after }.
    .remedy = Bring the trust store up to date (trust update). A signature made before that date needs a timestamp of an authority that may still be relied on, and the certificates and revocation data of its time.
anchor-constrained = The trust anchor { $anchor } may not be relied on for { $limit ->
        [purpose] this purpose: { $value }.
        [name] the name { $value } in the certificate { $subject }.
       *[policy] any certificate policy for which the chain of { $subject } is valid.
    }
    .remedy = Use a certificate of another authority, or change the limits of the anchor in the trust store.
certificate-expired = The certificate expired on { $not_after }.
    .remedy = Sign with a valid certificate.
certificate-revoked = The certificate was revoked on { $revoked_at }: { $reason }.
    .remedy = Sign with a valid certificate.
revocation-unknown = It is not known whether the certificate { $subject } is revoked.
    .remedy = Give a current revocation list.
field-missing = The field { $field } is missing.
    .remedy = Add the field.
field-invalid = The field { $field } is not valid.
    .remedy = Correct the field.
unknown-field = The field { $field } is not known.
    .remedy = Remove the field.
not-found = There is nothing at this address.
    .remedy = Check the address.
method-not-allowed = The address does not take this method.
    .remedy = Use a method named in the Allow header.
application-not-found = There is no such application, or it is not yours.
    .remedy = Check the number and the access key.
too-many = There are too many requests.
    .remedy = Try again in { $seconds } seconds.
timeout = The request took too long.
    .remedy = Try again later.
internal = The service failed.
    .remedy = Tell the operator the request identifier.
unauthorized = Credentials are missing or wrong.
    .remedy = Send a valid bearer token.
media-type-unsupported = The media type is not supported.
    .remedy = Use a media type named in the documentation.
not-ready = The service is not ready: { $what }.
    .remedy = Try again later.

signature-malformed = The signature is not well formed: { $detail }.
    .remedy = Ask the signer to sign again with a program that follows the XML Signature standard.
signed-info-not-unique = The signature does not hold exactly one SignedInfo element.
    .remedy = Do not rely on the document. Ask the sender for the document as it was signed.
comment-in-signature = There is a comment, a processing instruction, a CDATA section or a character reference in a value or in SignedInfo, where it could change what is read.
    .remedy = Ask the signer to sign again with a program that leaves no comments in the signature.
reference-missing = The signature names no content, so it signs nothing.
    .remedy = Ask the signer to sign the document itself.
reference-not-found = The signature covers { $uri }, but the document has no such part.
    .remedy = Ask the sender for the complete document.
reference-external = The signature covers { $uri }, which lies outside the document; it is not fetched.
    .remedy = Give that content (--content, or the part content of a request), or ask for a document whose signature covers content inside it.
duplicate-identifier = The identifier { $id } occurs more than once, so it is not clear which element is signed.
    .remedy = Give every element its own identifier and sign again.
transform-unsupported = The signature uses the transform { $algorithm }, which is not supported.
    .remedy = Sign with the enveloped-signature transform and canonicalization only.
canonicalization-unsupported = The canonicalization { $algorithm } is not supported.
    .remedy = Sign with Canonical XML or Exclusive Canonical XML.
digest-algorithm-unsupported = The digest algorithm { $algorithm } is not supported.
    .remedy = Sign with SHA-256 or a stronger digest of the same family.
signature-algorithm-unsupported = The signature algorithm { $algorithm } is not supported, so the signature was not checked.
    .remedy = Sign with a key of the national authority, or with RSA or ECDSA and SHA-256, or check the document with a program that knows this algorithm.
key-algorithm-unsupported = The key cannot be used, so the signature was not checked: { $detail }.
    .remedy = Sign with an RSA or elliptic-curve key, or check the document with a program that knows this kind of key.
key-info-item-unreadable = A key or certificate that the signature carries cannot be read: { $detail }. Another one verifies the signature.
    .remedy = Ask the maker of the signing program to leave it out or to correct it.
key-info-reference-unreadable = The signature refers to { $itself ->
        [yes] the document
       *[no] { $uri }
    } for a key or certificate, but none could be read there.
    .remedy = Give the signer's certificate with --certs.
key-type-mismatch = The kind of the signer's key does not fit the signature algorithm.
    .remedy = Ask the signer to sign again with the algorithm of the key.
signing-certificate-not-found = The signature carries no certificate of the signer.
    .remedy = Ask the signer to include the certificate, or give it with the request.
signing-certificate-ambiguous = Several certificates are about that may be the signer's: of the key that made this signature in KeyInfo, in what is signed or in another signature, or one that properties name which no reference signs; and nothing that has to stay in its place says which it is.
    .remedy = Ask the signer to name the certificate in the signed properties (XAdES SigningCertificateV2).
signing-certificate-search-limit = The signer's certificate was not found among { $limit } of the certificates given that could be the signer's; the others were not tried.
    .remedy = Give the signer's certificate with fewer others.
certificate-malformed = The certificate in the signature cannot be read: { $detail }.
    .remedy = Ask the signer to sign again with a certificate as the certification authority issued it.
certificate-signature-invalid = The signature on the certificate { $subject } does not match its issuer's key.
    .remedy = Do not rely on the certificate. Check that the issuer's certificate is the right one.
certificate-algorithm-unsupported = A certificate is signed with the algorithm { $algorithm }, which is not supported.
    .remedy = Use a certificate of the national authority, or one signed with RSA or ECDSA, or check it with a program that knows this algorithm.
certificate-not-yet-valid = The certificate is valid only from { $not_before }.
    .remedy = Check the time of the check; sign again once the certificate is valid.
ca-expired = The certificate of the certification authority { $subject } had expired at the time of the check.
    .remedy = Give the authority's current certificate, or check at the time of signing.
ca-not-yet-valid = The certificate of the certification authority { $subject } was not valid yet at the time of the check.
    .remedy = Check the time of the check, or give the authority's earlier certificate.
issuer-not-ca = The certificate { $subject } issued another one but is not a certification authority's.
    .remedy = Do not rely on the document. Ask for one signed with a certificate of a recognised authority.
path-length-exceeded = There are more authorities below { $subject } than its certificate allows.
    .remedy = Tell the certification authority; use a certificate with a permitted chain.
issuer-key-usage = The key of { $subject } is not meant for signing certificates.
    .remedy = Tell the certification authority; check that the issuer's certificate is the right one.
unknown-critical-extension = A certificate has the critical extension { $oid }, which is not understood, so the certificate is not accepted.
    .remedy = Use another certificate, or check this one with a program that knows the extension.
name-not-permitted = The certificate { $subject } has the name { $name }, which an authority above it may not certify.
    .remedy = Do not rely on the document. Tell the certification authority that issued the certificate.
name-constraint-unsupported = The certificate { $subject } has the name { $name }; an authority above it limits names of this kind, and the two cannot be compared.
    .remedy = Use another certificate, or check this one with a program that knows such names.
certificate-policy-not-valid = The chain of { $subject } is valid for none of the certificate policies that are demanded.
    .remedy = Use a certificate issued under a demanded policy, or demand another one.
policy-mapping-invalid = The certificate of the authority { $subject } maps a policy to any policy, which is forbidden.
    .remedy = Tell the certification authority; use a certificate with another chain.
path-limit = { $limit ->
        [name_comparisons] The certificates of the chain have so many names and name constraints that they were not all compared.
       *[policies] The certificates of the chain have more certificate policies than are processed.
    }
    .remedy = Use a certificate with another chain; such certificates are not issued in honest use.
path-budget-exceeded = Finding a path to a trust anchor took too many attempts.
    .remedy = Remove certificates that do not belong to the signer's chain and try again.
ca-revoked = The certificate of the certification authority { $subject } was revoked.
    .remedy = Do not rely on the signature. Ask for one made with a certificate of another authority.
ocsp-search-limit = There are more OCSP answers about one certificate than are looked at.
    .remedy = Give only the newest answer about each certificate.
ocsp-stale = The OCSP answer produced { $produced_at } is too old for the time of the check.
    .remedy = Ask the responder again.
ocsp-unknown = The OCSP answer produced { $produced_at } does not say whether the certificate is revoked.
    .remedy = Use the authority's revocation list, or ask its responder later.
ocsp-extension-unsupported = The OCSP answer has a critical extension { $oid } that is not known here, and was not used.
    .remedy = Use the authority's revocation list.
ocsp-algorithm-unsupported = The OCSP answer is signed with { $algorithm }, which is not known here, and was not used.
    .remedy = Use the authority's revocation list.
ocsp-signature-invalid = The signature of the OCSP answer about certificates of { $issuer } does not hold; the answer was not used.
    .remedy = Ask the responder again.
ocsp-unauthorized = The OCSP answer is signed neither by { $issuer } nor by a responder of its own, and was not used.
    .remedy = Ask the responder that the certificate names.
ocsp-responder-untrusted = The responder { $responder } is revoked, or it is not known whether it is; its answer was not used.
    .remedy = Give the revocation list of the responder's authority.
certificate-never-issued = The authority says that it did not issue the certificate { $subject }.
    .remedy = Do not rely on the signature. Ask the certification authority.
crl-stale = The revocation list was to be replaced by { $next_update } and is too old for the time of the check.
    .remedy = Give the authority's newest revocation list.
crl-signature-invalid = The revocation list of { $issuer } is not properly signed by it and was not used.
    .remedy = Get the revocation list again from the authority.
crl-extension-unsupported = The revocation list of { $issuer } has the extension { $oid }, which must be understood and is not, so the list was not used.
    .remedy = Ask the authority for a list without this extension, or check with a program that knows it.
crl-out-of-scope = A revocation list of { $issuer } is about other certificates: of another part, kind or issuer.
    .remedy = Give the list that the certificate names as its own.
crl-delta-without-base = The list of changes of { $issuer } builds upon list { $base }, and no complete list that it fits is given.
    .remedy = Give the authority's complete list of that number or a later one.
crl-no-next-update = The revocation list of { $issuer } does not say until when it holds, so it says nothing of the time after it was made.
    .remedy = Get a list with the time of the next one from the authority.
crl-after-expiry = The revocation list of { $issuer } was made on { $this_update }, after the certificate had expired, and may no longer list it.
    .remedy = Give a list that was made while the certificate was valid.
crl-reasons-incomplete = The revocation lists given do not cover all reasons for { $subject }; missing: { $reasons }.
    .remedy = Give the authority's lists for the missing reasons as well.
crl-signer-not-found = No certificate of { $issuer } is given that could have signed its revocation list.
    .remedy = Give the certificate whose key signs the lists.
crl-signer-untrusted = The certificate { $signer }, which signed the revocation list of { $issuer }, does not lead to the same trusted root or is itself revoked or unclear, so the list was not used.
    .remedy = Give the certificates and lists between this signer and the root.
crl-signer-usage = The certificate whose key signed the revocation list of { $issuer } is not meant for signing lists.
    .remedy = Get the revocation list again from the authority.
crl-algorithm-unsupported = The signature of the revocation list of { $issuer } could not be checked: { $algorithm } is not supported.
    .remedy = Check with a program that knows the algorithm.
crl-search-limit = Finding the signer of the revocation list of { $issuer } took too many attempts, and the list was not used.
    .remedy = Leave out certificates and lists that do not belong to the authority, and try again.
revocation-before-signature = What is known of the revocation of the certificate was made on { $produced_at }, before the signature of { $time }.
    .remedy = Obtain a revocation list or an answer of the responder that was made after the signature, or treat the signature with care.
revoked-after-validation-time = The certificate was revoked on { $revoked_at }, after the time of the check.
    .remedy = Make sure by other means that the signature was made before that time.
algorithm-weak = The algorithm { $algorithm } is no longer considered secure.
    .remedy = Sign again with SHA-256 or stronger.
algorithm-ended = The policy accepts the algorithm { $algorithm } until { $until } only, and nothing proves that the signature existed by then.
    .remedy = If there is a timestamp from before that day, give the document with it; otherwise ask for a new signature with SHA-256 or stronger.
certificate-policy-missing = The certificate was issued under none of the certificate policies that are required: { $policies }.
    .remedy = Sign with a certificate issued under one of these policies.
role-missing = The holder of the certificate has none of the roles that are required: { $roles }.
    .remedy = Have somebody sign whose certificate states one of these roles.
crl-algorithm-weak = The revocation list of { $issuer } is signed with an algorithm that the policy does not accept, so it clears nobody.
    .remedy = Get a newer list from the authority.
crl-too-old = The revocation list made { $this_update } is older than the policy allows.
    .remedy = Give the authority's newest revocation list.
ocsp-algorithm-weak = The OCSP answer produced { $produced_at } is signed with an algorithm that the policy does not accept, so it clears nobody.
    .remedy = Use the authority's revocation list.
ocsp-too-old = The OCSP answer produced { $produced_at } is older than the policy allows.
    .remedy = Ask the responder again.
key-too-short = { $part ->
        [subgroup] The subgroup of a DSA key in the chain has { $bits } bits, which is too short to be secure.
       *[key] A key in the chain has { $bits } bits, which is too short to be secure.
    }
    .remedy = Use a certificate with a longer key.
key-usage-not-signing = The certificate is not meant for signing documents.
    .remedy = Sign with the certificate issued for signing, not the one for logging in.
extended-key-usage-not-signing = The certificate is meant for logging in or for some other use, not for signing documents.
    .remedy = Sign with the certificate issued for signing.
usage-mismatch = The certificate is not meant for the use { $usage }.
    .remedy = Choose a certificate issued for this use.
iin-check-digit = The last digit of the IIN does not match the others.
    .remedy = Compare the number with the identity document. The demonstration certificates have such numbers.
bin-check-digit = The last digit of the BIN in the certificate does not match the others.
    .remedy = Compare the number with the organization's papers. The demonstration certificates have such numbers.
iin-malformed = What the certificate gives as its holder's IIN does not consist of twelve digits.
    .remedy = Do not rely on the certificate. Tell the certification authority that issued it.
iin-implausible = The first seven digits of the IIN in the certificate do not stand for any date of birth, century and sex.
    .remedy = Compare the number with the identity document. Numbers made for tests look like this.
bin-malformed = What the certificate gives as the organization's BIN does not consist of twelve digits.
    .remedy = Do not rely on the certificate. Tell the certification authority that issued it.
bin-implausible = The first five digits of the BIN in the certificate do not stand for any month of registration and kind of organization.
    .remedy = Compare the number with the organization's papers. Numbers made for tests look like this.
certificate-policy-not-signing = The certificate was issued under a policy for logging in, not for signing.
    .remedy = Sign with the certificate issued for signing.
certificate-policy-unknown = The certificate was issued under no certificate policy of the national certification authority.
    .remedy = Nothing needs to be done if the authority that issued it is the one you expect.
unsigned-content = The document has content that the signature does not cover; parts: { $count }.
    .remedy = Rely only on the signed part, or ask for a document signed as a whole.
later-signatures-excluded = Signatures added later are not covered by this one; their number: { $count }.
    .remedy = Nothing needs to be done; each signature is reported on its own.
key-only = The signature was checked with the key given; who holds the key was not checked.
    .remedy = If it matters who signed, check with the signer's certificate.

not-covered = The signature does not cover the whole document.
    .remedy = Sign the whole document and send it again.
signature-count = The document must have exactly one signature.
    .remedy = Send the document with one signature.
signature-not-passed = The signature did not pass the check: { $indication }.
    .remedy = Correct what the findings name, sign again and send the document again.
not-an-official = The signer is not an official of this office.
    .remedy = Sign with the certificate of an official, or ask the operator to add you to the list of officials.
step-mismatch = The signed act is for another step than the request.
    .remedy = Sign an act for the step of the request, or send the act to its own step.
same-document = This very document has been filed already.
    .remedy = Look up the application filed with it; there is no need to send it again.
open-application = { $number ->
        [none] The applicant has an application that is still being handled.
       *[other] The applicant has an application that is still being handled: { $number }.
    }
    .remedy = Wait for its outcome, or ask the office about it.
state-changed = The case was changed by someone else in the meantime.
    .remedy = Load the case again and repeat the step if it is still needed.
idempotency-key = The idempotency key was used with another request.
    .remedy = Send this request with a new key.
wrong-case = The act names another application.
    .remedy = Sign an act that names this application.
case-closed = The case is closed: the notice has been signed.
    .remedy = If there are new circumstances, file a new application.
wrong-turn = It is not the turn of this step.
    .remedy = Look at the case for the step that comes next and take that one first.
representation-over = The power of attorney has ended.
    .remedy = The applicant signs, or files with a new power of attorney.
wrong-role = Your role does not take this step.
    .remedy = Ask the official named for this step in the case to sign.
wrong-executor = The memo must be signed by the executor named in the case.
    .remedy = Ask that executor to sign, or ask the head to have the case reviewed.
not-an-executor = The person named is not an executor of this office.
    .remedy = Name an official who is an executor.
decision-date = The decision must have the date of the sitting on whose agenda the case is, and that must have come.
    .remedy = Correct the date and sign again.
wrong-channel = The step belongs to the other channel.
    .remedy = Look at the case for the step that comes next.
wrong-centre = The step is taken at the centre where the application was filed.
    .remedy = Ask an employee of that centre to sign.
sitting-date = The sitting cannot be on this date.
    .remedy = Choose a working day from today on; vote on the day of the sitting or later.
sitting-too-late = The sitting is too late for the notice to be signed and sent in time.
    .remedy = Take the latest possible date that is named, or an earlier one; where that has passed, give the reason for the delay.
not-a-member = Only members of the housing commission vote.
    .remedy = Ask a member of the commission to sign.
already-voted = The member has voted at this sitting.
    .remedy = A vote is given once; to vote anew, put the case on the agenda of another sitting.
no-quorum = Too few members have voted.
    .remedy = Collect the votes of more than half of the members, then sign the minutes.
votes-say-otherwise = The decision is not what the votes say.
    .remedy = Write down what the majority voted for.
storage-not-over = The centre keeps the result for one month, which is not over.
    .remedy = Wait until the month is over.
no-such-complaint = There is no such complaint, or it has its answer.
    .remedy = Look at the complaints of the case.
no-place = The case has no place in a list.
    .remedy = Only registered applicants have one.
not-first-in-list = Housing is granted in the order of the list, and somebody before has not been offered this dwelling.
    .remedy = Offer it to the first who has not been offered it, or name the basis in the law for another order.
offer-open = An offer waits for its answer or decision.
    .remedy = Wait for the answer, or decide on it.
no-offer = No offer waits for an answer.
    .remedy = Look at the offers of the case.
answer-too-late = The time to answer the offer is over.
    .remedy = Ask the akimat about a new offer.
offer-not-accepted = The applicant has not agreed to an offer.
    .remedy = Wait for the signed consent.
nothing-proposed = No change of the place was proposed.
    .remedy = An executor proposes it first.
own-case = Officials do not act in a case in which they are named themselves.
    .remedy = Ask another official to take the step.
act-repeated = This signed act has been taken already.
    .remedy = Sign a new act with the time of signing, if the step is to be taken again.
act-too-old = The act was signed before there was what it answers.
    .remedy = Look at the case as it stands now, and sign the act again.
person-housed = The applicant has agreed to a dwelling, or was granted one, in another case.
    .remedy = Grant one of them; take the other offer back, or propose the removal of the other place.
dwelling-taken = The dwelling is offered to another applicant, or was granted.
    .remedy = Offer another dwelling, or wait for the answer: a refusal and the end of the time free it.
nothing-to-confirm = This offer needs no confirmation.
    .remedy = Only offers out of turn are confirmed, once.
grant-date = The decision to grant is dated before the applicant agreed, or in the future.
    .remedy = Give a day from the applicant's answer to today.
complaint-open = An earlier complaint in this case has no answer yet.
    .remedy = Wait for the answer; the case shows it and when it is due.
paper-required = The scan of what the applicant has signed on paper is not named.
    .remedy = Send the scan, and give its SHA-256 in the act as paperSha256.
paper-unexpected = Only an official of a centre who acts for an applicant without an EDS names a scan.
    .remedy = Take paperSha256 out of the act.
cadastral-number-form = This is no cadastral number.
    .remedy = Write it in digits parted by colons, such as 20:311:004:102:5:12.
area-form = This is no area.
    .remedy = Give square metres, such as 54.3.
place-taken = This person has a place in this list already.
    .remedy = Look at the other case; one of the two places ends first.
same-official = The same official cannot offer or propose, and confirm or grant.
    .remedy = Ask another official.
move-impossible = The place does not stand so that this can be done with it.
    .remedy = Look at how the place stands: what was removed can be restored, what is there can be moved.
move-ambiguous = The act names no change of the place, or several.
    .remedy = Name exactly one: whom it passes to, the list, removal or restoration.
conflict-unanswered = The memo does not say how these cases of the same person or family were resolved: { $detail }.
    .remedy = Look into each of them and say in the memo, by its number, how it was resolved.
no-such-conflict = The memo resolves a case that is no conflict of this one: { $detail }.
    .remedy = Name only the cases that are shown as conflicts.
no-such-ground = The rules by which the case is kept have no such ground: { $detail }.
    .remedy = Name grounds by the codes that the rules of the case have (`grounds` of the case), or words alone where they have none.
ground-required = A refusal and a removal name at least one ground of the rules by code: { $detail }.
    .remedy = Name each ground as `groundCode`; words may explain it.
ground-unexplained = The ground says nothing without words: { $detail }.
    .remedy = Say beside it what the ground is.
not-of-the-family = The person to whom the place is to pass is not named in its application.
    .remedy = Name the applicant or a member of the family from the application.
judgement-required = A place is restored only by a court.
    .remedy = Give number and date of the judgement.
judgement-unexpected = A judgement is given only where a place is restored.
    .remedy = Leave the judgement out.
judgement-date = The judgement is dated in the future.
    .remedy = Check its date.
signer-not-official = An inventory is begun by the head or the deputy.
    .remedy = Have the act signed by one of them.
no-inventory = No inventory of that year is being taken.
    .remedy = Name the year of the inventory that was begun last, or have one begun.
inventory-year = An inventory is begun in its own year.
    .remedy = Name the current year.
inventory-begun = The inventory of that year was begun already.
    .remedy = Go on with it.
slot-past = This time is over already.
    .remedy = Choose a later slot.
centre-day-off = The centre does not work on this day.
    .remedy = Choose a working day: the slots of a day are shown by its date.
outside-hours = The centre is not open at this time.
    .remedy = Choose one of the slots shown for the day.
no-slot-starts = No slot begins at this time.
    .remedy = Choose the beginning of one of the slots shown for the day.
beyond-horizon = One cannot book so far ahead yet.
    .remedy = Choose an earlier day, or book later.
slot-taken = This slot has no free place any more.
    .remedy = Choose another slot.
booking-open = There is a booking for this person already.
    .remedy = Keep the booking, or cancel it before another one is made. Whoever lost its key, or did not make it, turns to the centre.
bookings-of-day = As many bookings were made for this person today as one may make in a day.
    .remedy = Book tomorrow, or come to the centre and get a ticket there.
ticket-moved = The state of the ticket does not allow this: it is for another day, waits to be called, is called already, or is over.
    .remedy = Look at the ticket again.
centre-unknown = There is no such centre.
    .remedy = Check the code of the centre.
booking-not-found = There is no such booking, or it is not opened by this key, or its day is over.
    .remedy = Check the booking and its key.
not-of-centre = The token is not that of an official of this centre.
    .remedy = Use the token of an official of this centre.
not-yours-to-see = Officials see the cases that their office needs, and none in which they are named themselves.
    .remedy = Ask an official who keeps the case.
not-yours-to-search = This office does not search among cases.
    .remedy = Ask an official of the Department or of the centre.
access-reason = Why somebody looks is to be said in at least { $least } letters and without an IIN: the applicant sees it.
    .remedy = Name the case or the errand that it is for.
search-answered = This signed search was answered before.
    .remedy = Sign it again.
search-time = A search is good for { $seconds } seconds after it is signed, and this signature says no time or another.
    .remedy = Sign it now, with the time of signing, and send it at once.
search-empty = The search names nothing to search by.
    .remedy = Give a number, an IIN, a name, a status, a centre, a category or dates.
search-name = A name is searched by a word of at least { $least } letters.
    .remedy = Give more letters of the surname.
search-page = The page cannot be told: the cursor is not one of this search, or the limit is no number above zero.
    .remedy = Give the cursor as the page before said it, or none.
search-dates = The first date is after the last one.
    .remedy = Exchange the dates.
no-slot-left = No slot is free any more today.
    .remedy = Offer a booking for another day.
nobody-waits = Nobody waits whose turn it is.
    .remedy = Call again later.
future-date = What is asked about is in the future.
    .remedy = Ask about a moment up to now.
signer-not-inspector = An application taken down at a centre is signed by an inspector of that centre.
    .remedy = The inspector signs with their own certificate; check the code of the centre.
signer-not-applicant = The application is signed by someone other than the applicant.
    .remedy = The applicant signs with their own certificate; check the IIN in the form.
organization-certificate = The application is signed with an organization's certificate.
    .remedy = Sign with your certificate as an individual.
signer-without-iin = The signer's certificate has no IIN.
    .remedy = Sign with a certificate that names your IIN.
signer-not-representative = The application is signed by someone other than the representative whom it names.
    .remedy = The representative named in the application signs it, or the applicant signs one without a representative.
power-of-attorney-term = The power of attorney is not in force on the date of filing.
    .remedy = Check the dates in the application; file with a power of attorney that is in force.
power-of-attorney-missing = A representative files, but the power of attorney (D11) is not among the attachments.
    .remedy = Attach a copy of the notarial power of attorney with the code D11 and sign again.
state-database-silent = The state database gave no answer: { $kind ->
        [connection] there was no connection.
        [secure] there was no secure connection.
        [name] the name has no address.
        [timeout] there was no answer in time.
        [broken] the connection broke off.
        [size] the answer was too long.
        [status] the server answered with status { $value }.
        [redirect] the server named another place.
       *[other] { $why }.
    } Nothing is known from it, neither for nor against the application.
    .remedy = It is asked again by itself; once it is given up, let it be asked again with: qoltanba jobs retry. If it stays so, tell who keeps the database.
state-record-refused = What the state database answered is no e-document that may be relied upon: { $why }. Nothing is known from it, neither for nor against the application.
    .remedy = It is asked again by itself. If it stays so, tell who keeps the database; check in the settings who signs for it.
state-record-not-judged = What the state database answered could not be judged yet.
    .remedy = It is asked again by itself.
state-record-signer = The e-document is not signed by the official named for this state database.
    .remedy = Check in the settings who signs for the database (registries.databases).
state-record-other = The e-document does not answer this question: it is about another question, person or database.
    .remedy = Do not use it. Tell who keeps the database.
state-record-time = The e-document was made before it was asked for, or is dated in the future.
    .remedy = Check the clocks of both sides; ask again.
iin-form = The IIN must be twelve digits.
    .remedy = Copy the IIN from the identity document, without spaces.
iin-century = The seventh digit of the IIN is not one that stands for a century and sex.
    .remedy = Compare the number with the identity document.
iin-date = The first digits of the IIN are not a date of birth.
    .remedy = Compare the number with the identity document.
iin-test = This IIN is for demonstration and is not accepted here.
    .remedy = Use the IIN of a real person.
not-xml = The document cannot be read as XML: { $detail }.
    .remedy = Correct the document and sign it again.
wrong-document = This is not the document that is expected here; expected: { $expected }.
    .remedy = Send the form for this request in its current version.
missing = A required field is missing.
    .remedy = Fill in the field and sign again.
empty = The field is empty.
    .remedy = Fill in the field, or leave it out if it is optional.
too-long = The text is longer than { $max } characters.
    .remedy = Shorten the text.
control-character = The text has a line break or another control character.
    .remedy = Write the text on one line without special characters.
not-plain-text = The field must hold plain text only.
    .remedy = Remove elements and comments inside the field.
unexpected-text = There is text where only fields may stand.
    .remedy = Remove the text between the fields.
comment-or-instruction = The form has a comment or a processing instruction.
    .remedy = Remove it and sign again.
unknown-element = The form does not know this field.
    .remedy = Remove the field or correct its name.
unknown-attribute = The form does not know this attribute.
    .remedy = Remove the attribute or correct its name.
duplicate-element = The field occurs more than once.
    .remedy = Leave it in once.
unknown-value = The value { $value } is not one of those allowed.
    .remedy = Choose a value listed in the form's description.
no-edition = On { $date } no edition of the rules is in force for this register.
    .remedy = Tell the office: its settings name no edition that begins by this day.
category-not-in-edition = The rules in force on { $date } have no such list.
    .remedy = Choose a list of these rules; the office tells which there are.
unknown-document-code = There is no such document code.
    .remedy = Use a code from D1 to D12.
duplicate-person = This person is named more than once.
    .remedy = Name each person once; the applicant is not listed among the family members.
consent-required = Without this consent the application cannot be handled.
    .remedy = Read the consent; if you agree, give it and sign again.
phone-form = The telephone number has characters that are not allowed.
    .remedy = Use digits, spaces, brackets, plus and hyphen only.
email-form = This is not an e-mail address.
    .remedy = Correct the address, for example name@example.kz.
date-form = The date is not valid.
    .remedy = Write the date as year-month-day, for example 2026-11-24.
digest-form = The digest must be SHA-256 as 64 hexadecimal digits.
    .remedy = Compute the digest of the file again.
file-name = The file name is not allowed: it has a slash, a backslash or a colon, or begins with a dot.
    .remedy = Rename the file and sign again.
duplicate-file-name = Two attachments have the same file name.
    .remedy = Give each file its own name.
media-type = The media type of the attachment is not well formed.
    .remedy = Write it as type/subtype, for example application/pdf.
attachment-size = The size of the attachment must be between 1 and { $max } bytes.
    .remedy = Attach a file that is not empty and not larger than that.
attachment-missing = A file listed in the application did not come with it.
    .remedy = Send the file together with the application.
attachment-duplicate = The file came more than once.
    .remedy = Send each file once.
attachment-size-mismatch = The size of the file is not the one that was signed.
    .remedy = Send the file as it was when you signed, or sign the application again.
attachment-digest-mismatch = The file is not the one that was signed: its digest differs.
    .remedy = Send the file as it was when you signed, or sign the application again.
attachment-unlisted = The file is not listed in the signed application.
    .remedy = Leave the file out, or list it in the application and sign again.
reason-required = A refusal needs a reason.
    .remedy = State the reason and sign again.
reason-unexpected = A reason for refusal is given although registration is proposed or decided.
    .remedy = Remove the reason, or choose refusal.
memo-contradicts = The memo calls the documents incomplete and also gives a recommendation.
    .remedy = Leave only one of the two and sign again.
too-many-items = This field has more entries than may be filed.
    .remedy = Leave out what is not needed, or file at a public service centre.
key-value-verified = The signature value fits the bare key that the document carries. That says nothing of who holds the key.
    .remedy = Give the key with --key, or the certificate of the signer with --certs, if you know them from elsewhere.
manifest-reference-mismatch = { $itself ->
        [yes] The Manifest names the whole document, which was changed after signing.
       *[no] The Manifest names { $uri }, whose content was changed after signing.
    }
    .remedy = Ask for the content as it was signed.
manifest-reference-unchecked = { $reason ->
        [limit] Further entries of the Manifest were not checked ({ $count } at least): there are more than are followed for one signature.
        [unread] The Manifest has an entry ({ $uri }) that was not checked: it cannot be read as a reference, or has no URI.
        [missing] The Manifest names { $uri }, which is nowhere in the document and was not checked.
        [elsewhere] { $uri } is signed as a Manifest; what it lists was not checked, as it is not in the document.
        [around] The Manifest stands in another signature and names { $itself ->
            [yes] the whole document
           *[no] { $uri }
        }, which is around that one. It matches, but is not counted as covered by this signature.
       *[absent] { $itself ->
            [yes] The Manifest names the whole document, which was not checked: its transforms are not supported.
           *[no] The Manifest names { $uri }, which was not checked: its content is not at hand or its transforms are not supported.
        }
    }
    .remedy = { $reason ->
        [absent] Do not rely on that content, or give it with --content.
       *[other] Do not rely on that content.
    }
ecdsa-value-der = The ECDSA value is written as DER, where XML Signature has r and s side by side. It was accepted.
    .remedy = Ask the maker of the signing program to correct the form.
ecdsa-value-length = The ECDSA value has r and s in another number of octets than the curve has. It was accepted.
    .remedy = Ask the maker of the signing program to correct the form.
hmac-key-missing = The signature is an HMAC, which can be checked only with the secret that both sides share.
    .remedy = Give the secret with --hmac-key.
hmac-length-invalid = { $fault ->
        [octets] The length given for the HMAC, { $bits } bits, is not a multiple of eight.
       *[longer] The length given for the HMAC, { $bits } bits, is more than its hash has.
    }
    .remedy = Ask for a signature with the full HMAC.
hmac-too-short = The HMAC value is cut to less than half of its length or 80 bits, so that it could be guessed.
    .remedy = Ask for a signature with the full HMAC.
properties-not-signed = The document carries XAdES properties that this signature does not refer to; they prove nothing.
    .remedy = Do not rely on the signing time or role that they state.
property-malformed = The signed property { $property } cannot be read.
    .remedy = Ask the signer to sign again.
properties-target-mismatch = The signed properties name { $target } as their signature, which is not the one they stand in.
    .remedy = Ask the signer to sign again.
object-reference-unmatched = The signed property { $property } is about { $uri }, which is no Reference of this signature; it is not known what it is about.
    .remedy = Do not rely on the property. Ask the maker of the signing program to name the Reference.
signature-policy-not-applied = The signer names the signature policy { $policy }; its rules were not applied, only those of this check.
    .remedy = Where it matters what the signer undertook by that policy, read it.
signing-certificate-mismatch = The signed properties name another certificate than the one whose key verifies the signature.
    .remedy = Treat the certificate as exchanged. Ask the signer for the document as it was signed.
named-certificate-not-in-path = The signed properties name a certificate that is not in the path of the signer's certificate.
    .remedy = Give the certificates that the signer named with --certs. If it still fails, ask the signer to sign again.
issuer-serial-mismatch = The issuer and serial number in the signed properties are not those of the certificate that they name by its digest. The digest was relied on.
    .remedy = Ask the maker of the signing program to correct them.
timestamp-unreadable = A timestamp of the kind { $kind } cannot be read; it counts for nothing.
    .remedy = Ask for a signature with a timestamp as RFC 3161 has it.
timestamp-imprint-mismatch = A timestamp of the kind { $kind } is not over this signature; its time counts for nothing.
    .remedy = Ask for a signature with its own timestamp.
timestamp-imprint-unknown = What a timestamp of the kind { $kind } is over cannot be computed here; its time counts for nothing.
    .remedy = Ask for a signature timestamp or an archive timestamp of XAdES 1.4.1.
timestamp-authority-not-found = The certificate of the authority that made a timestamp of the kind { $kind } is not there; the time counts for nothing.
    .remedy = Give the authority's certificate with --certs.
timestamp-algorithm-unsupported = A timestamp of the kind { $kind } is signed with { $algorithm }, which is not known here; its time counts for nothing.
    .remedy = Ask for a timestamp with an algorithm that is known here.
timestamp-algorithm-weak = A timestamp of the kind { $kind } has an imprint by a hash function that the policy does not trust; its time counts for nothing.
    .remedy = Ask for a timestamp with SHA-256 or a stronger function.
timestamp-invalid = A timestamp of the kind { $kind } is not properly signed by an authority for timestamps; its time counts for nothing.
    .remedy = Ask for a new timestamp.
timestamp-time-implausible = A timestamp of the kind { $kind } says { $time }, which is after the time of the check or before its authority's certificate; it counts for nothing.
    .remedy = See that the clock is right, and ask for a new timestamp.
timestamp-untrusted = The authority of a timestamp of the kind { $kind } does not hold up ({ $reasons }); its time counts for nothing.
    .remedy = Give the authority's root with --trust, and the lists that clear its certificates.
timestamp-order = An archive timestamp is earlier than a timestamp that it covers.
    .remedy = Ask the signer for the document again, with timestamps that were made one after another.
signing-time-implausible = The signer claims to have signed at { $claimed }, which is { $reason ->
        [early] before the certificate became valid at { $time }
       *[late] after { $time }, the time by which the signature is judged
    }; the claim decides nothing.
    .remedy = Do not rely on the time that is claimed. Ask the signer to see that clock and time zone are right.
signature-before-certificate = The signature existed at { $time }, before the certificate became valid at { $not_before }.
    .remedy = Ask the signer to sign anew.
past-validation = The certificate holds no longer, but it did at { $time }, when a timestamp proves that the signature existed.
    .remedy = Nothing is to be done; keep the timestamps and what came with them.
past-validation-failed = A timestamp proves that the signature existed at { $time }, but not that its certificate held then: { $reason ->
        [path] there is no path of certificates that were all valid at that time.
        [late] it was revoked by then, or denied.
       *[proof] nothing that tells of its revocation is proven to be from a time at which it could be relied upon.
    }
    .remedy = Give the revocation lists or answers of that time, or ask for the document with an archive timestamp.
extend-covered = The signatures of the document are covered by others, which would be broken by what is put in.
    .remedy = Extend the signatures before others sign the document.
extend-no-properties = The signature has no XAdES properties, among which timestamps and certificates would stand.
    .remedy = Sign with XAdES properties (level B) and extend that signature.
extend-not-passed = The document would not pass by what it carries, so it was not extended: { $reasons }
    .remedy = Give the certificates and the current revocation lists or OCSP answers of signer and timestamp authority.
timestamp-not-made = No timestamp could be had: { $detail }
    .remedy = Try again later, or give another authority with --tsa.
fetch-failed = { $url } could not be asked for what the certificate names: { $reason ->
        [url] it is no address of http or https.
        [host] the host is not among those that may be asked.
        [private] its address is not of the open network.
        [name] the name has no address.
        [connection] there was no connection.
        [secure] there was no secure connection.
        [broken] the connection broke off.
        [timeout] there was no answer in time.
        [resting] the host failed a moment ago.
        [status] the server answered with status { $status }.
        [redirect] the server named another place.
        [size] the answer was too long.
        [no-answer] the responder gave no answer: { $status }.
        [foreign] what came is about something else, or not signed by whom it should be.
        [older] what came is older than what is at hand.
        [spent] no more is fetched for one document.
       *[content] what came is not what was asked for.
    }{ $tried ->
        [yes] { " " }Attempts: { $attempts }, { $milliseconds } ms.
       *[no] { "" }
    }
    .remedy = Try again later, allow the host with --allow-host, or give what is missing as a file (--crl, --ocsp, --certs).
reference-empty = { $itself ->
        [yes] The reference to the whole document covers nothing: its transforms leave out all of it.
       *[no] The reference { $uri } covers nothing: its transforms leave out all that it names, or what it names is only what the signature says of itself.
    }
    .remedy = Treat the document as not signed.
not-counter-signature = The signature stands as a counter-signature but does not sign the value of the signature around it.
    .remedy = Do not take it for a confirmation of that signature.
algorithm-not-allowed = The policy does not allow the algorithm { $algorithm }.
    .remedy = Ask for a signature with an algorithm that the policy allows.

# Details: the rules of XML, reasons of the system, and what else the program itself says inside a
# message. The name is the English text that the program has.
detail-in-an-attribute-value = < in an attribute value
detail-in-text = ]]> in text
detail-a-cdata-section-outside-the-root-element = a CDATA section outside the root element
detail-a-cdata-section-that-does-not-end = a CDATA section that does not end
detail-a-character-reference-to-a-character-that-xml-does-not-allow = a character reference to a character that XML does not allow
detail-a-character-that-xml-does-not-allow = a character that XML does not allow
detail-a-character-that-is-not-allowed-in-a-name = a character that is not allowed in a name
detail-a-colon-in-the-name-of-a-processing-instruction = a colon in the name of a processing instruction
detail-a-comment-that-does-not-end = a comment that does not end
detail-a-declaration-that-has-no-place-here = a declaration that has no place here
detail-a-name-that-is-not-a-qualified-name = a name that is not a qualified name
detail-a-prefix-is-undeclared = a prefix is undeclared
detail-a-processing-instruction-that-does-not-end = a processing instruction that does not end
detail-a-processing-instruction-without-white-space-after-its-name = a processing instruction without white space after its name
detail-a-reference-outside-the-root-element = a reference outside the root element
detail-a-reference-that-is-not-a-name = a reference that is not a name
detail-a-reference-without-its-semicolon = a reference without its semicolon
detail-a-relative-namespace-uri-which-has-no-canonical-form = a relative namespace URI, which has no canonical form
detail-a-reserved-prefix-or-namespace-is-declared = a reserved prefix or namespace is declared
detail-a-second-root-element = a second root element
detail-a-slash-within-a-tag = a slash within a tag
detail-a-tag-that-does-not-end = a tag that does not end
detail-an-xml-declaration-that-is-not-at-the-start = an XML declaration that is not at the start
detail-an-xml-declaration-without-an-end-or-a-very-long-one = an XML declaration without an end, or a very long one
detail-an-attribute-occurs-twice = an attribute occurs twice
detail-an-attribute-prefix-is-not-declared = an attribute prefix is not declared
detail-an-attribute-value-without-quotes = an attribute value without quotes
detail-an-attribute-without-a-value = an attribute without a value
detail-an-element-is-not-closed = an element is not closed
detail-an-element-prefix-is-not-declared = an element prefix is not declared
detail-an-end-tag-that-does-not-match-its-start = an end tag that does not match its start
detail-an-end-tag-without-its-start = an end tag without its start
detail-no-edition-begins-by-this-day = no edition begins by this day
detail-no-white-space-before-an-attribute = no white space before an attribute
detail-octets-that-are-not-value = octets that are not { $value }
detail-text-outside-the-root-element = text outside the root element
detail-the-xml-declaration-is-not-well-formed = the XML declaration is not well-formed
detail-the-document-ends-too-early = the document ends too early
detail-there-is-no-root-element = there is no root element
detail-two-hyphens-within-a-comment = two hyphens within a comment
detail-not-found = not found
detail-permission-denied = permission denied
detail-is-a-directory = is a directory
detail-a-part-of-the-path-is-not-a-directory = a part of the path is not a directory
detail-system-error-value = system error { $value }
detail-stream-did-not-contain-valid-utf-8 = the text is not UTF-8
detail-malformed-certificate-or-crl = malformed certificate or CRL
detail-trailing-bytes = trailing bytes
detail-nothing-readable-inside = nothing readable inside
detail-too-many-issuers-in-one-crl = too many issuers in one CRL
detail-malformed-key = malformed key
detail-unsupported-key-algorithm-value = unsupported key algorithm { $value }
detail-truncated-at-offset-value = truncated at offset { $value }
detail-length-not-in-der-at-offset-value = length not in DER at offset { $value }
detail-unexpected-tag-value = unexpected tag { $value }
detail-trailing-bytes-at-offset-value = trailing bytes at offset { $value }
detail-bad-value-at-offset-value = bad value at offset { $value }
detail-no-certificate = no certificate
detail-the-key-does-not-fit-the-certificate = the key does not fit the certificate
detail-unsupported-encryption-value = the encryption { $value } is not supported
detail-unsupported-key-algorithm = unsupported key algorithm
detail-signature-algorithm-does-not-fit-the-key = signature algorithm does not fit the key
detail-digest-has-the-wrong-length = digest has the wrong length
detail-the-cryptographic-library-failed = the cryptographic library failed
detail-limit-exceeded-value = limit exceeded: { $value }
detail-a-part-of-the-key-is-missing = a part of the key is missing
detail-the-parameters-of-the-curve-are-written-out = the parameters of the curve are written out, which is not supported
detail-a-dsa-key-without-its-group = a DSA key without its group
detail-not-base64 = not base64
detail-pem-der-or-base64 = PEM, DER or base64 is expected
detail-the-signature-made-did-not-verify = the signature made did not verify
detail-the-options-are-not-json = the options are not JSON (line { $line }, column { $column })
detail-an-option-has-a-value-that-does-not-fit = an option has a value that does not fit: { $reason }
detail-the-multipart-body-cannot-be-read = the multipart body cannot be read: { $reason }
detail-the-request-cannot-be-read = the request cannot be read: { $reason }
detail-no-built-in-policy-of-this-name = no built-in policy has this name
detail-unknown-key-value = unknown key { $value }
detail-missing-key-value = the key { $value } is missing
detail-never-accepted-value = { $value } is never accepted
detail-no-hash-function-has-this-name-value = no hash function has the name { $value }
detail-no-role-has-this-code-value = no role has the code { $value }
detail-no-check-has-this-code-value = no check has the code { $value }
detail-fixed-no-policy-may-change-its-level-value = { $value } is fixed, no policy may change its level
detail-the-policy-file-is-not-valid = the policy file { $file } is not valid (line { $line }): { $reason }
detail-the-environment-variable-is-not-set-value = the environment variable { $value } is not set
detail-the-password-file-is-not-utf-8 = the password file is not UTF-8
detail-no-local-name-in-id-attribute-value = no local name in --id-attribute { $value }
detail-facts-is-for-one-document = --facts is for one document
detail-no-certificate-in-the-folders-named = no certificate in the folders named
detail-no-document-in-the-folders-named = no document in the folders named
detail-not-one-of-the-national-roots-value = { $value } is not one of the national roots; to trust it all the same, check the fingerprint with its owner and repeat with --not-national

# Labels of what is shown, and names of codes.
label-certificate-of = Certificate { $number } of { $count }
label-report-from-facts = Judged by the facts of a file: no signature was checked just now.
label-report-title = Validation report
label-report-document = Document
label-report-signature = Signature
label-report-signature-number = Signature { $number }
label-report-findings = What was found
label-report-no-findings = Nothing was found that calls for attention.
label-report-remedy = What to do
label-report-bytes = Size in bytes
label-report-time = Time of the check
label-report-policy = Policy
label-report-level = Form
label-report-existed = Existed by
label-report-claimed = Signed at, as claimed
label-report-algorithm = Algorithm
label-report-covers = Signed
label-report-uncovered = Not signed
label-report-timestamps = Timestamps
label-report-chain = Path
label-report-qualifiers = Said about policies
label-report-revocation = Revocation
label-trust-anchor = trust anchor
label-verdict-passed = passed
label-verdict-failed = failed
label-verdict-unknown = not confirmed
label-level-fail = Reason
label-level-warn = Warning
label-level-info = Note
label-covers-whole-document = the whole document
label-covers-element = an element
label-covers-file = a file
label-bytes = { $count } bytes
label-timestamp-signature = on the signature
label-timestamp-archive = for the archive
label-timestamp-content = on the content
label-timestamp-reference = on references
label-timestamp-passed = holds up
label-timestamp-failed = does not hold up
label-timestamp-indeterminate = not known
label-revocation-good = not revoked
label-revocation-revoked = revoked
label-revocation-unknown = not known
label-source-crl = revocation list
label-source-ocsp = OCSP answer
label-policy-digest = SHA-256 of the policy { $name }:
label-holder = Holder
label-patronymic = Patronymic
label-iin = IIN
label-organization = Organization
label-bin = BIN
label-email = E-mail
label-kind = Kind
label-kind-authority = certificate of a certification authority
label-roles = Roles
label-key-uses = Key is for
label-extended-key-usage = Extended key usage
label-key-usage = Key usage
label-policies = Certificate policy
label-validity = State
label-not-before = Valid from
label-not-after = Valid until
label-key = Key
label-key-bits = { $name }, { $bits } bits
label-key-storage = Key storage
label-signature-algorithm = Signed with
label-gost = GOST
label-subject = Subject
label-issuer = Issuer
label-serial = Serial number
label-sha256 = SHA-256
label-ocsp = OCSP
label-ca-issuers = Issuer's certificate
label-crl = Revocation list
label-standing-malformed = not twelve digits
label-standing-check-digit = the check digit does not match
label-standing-implausible = no such date or kind exists
label-validity-valid = within its term; whether it was revoked is not checked here
label-validity-expired = expired
label-validity-not-yet-valid = not valid yet
label-key-use-sign = signing documents
label-key-use-auth = logging in
label-key-usage-digital-signature = digital signature
label-key-usage-content-commitment = non-repudiation
label-key-usage-key-encipherment = encrypting keys
label-key-usage-data-encipherment = encrypting data
label-key-usage-key-agreement = agreeing on keys
label-key-usage-key-cert-sign = signing certificates
label-key-usage-crl-sign = signing revocation lists
label-key-usage-encipher-only = encrypting only
label-key-usage-decipher-only = decrypting only
label-role-individual = individual
label-role-individual-information-system = information system of an individual
label-role-organization = legal entity
label-role-ceo = head of the organization
label-role-can-sign = person with the right to sign
label-role-can-sign-financial = person with the right to sign financial documents
label-role-hr = employee of the personnel department
label-role-employee = employee of the organization
label-role-information-system = information system of a legal entity
label-role-nca-privileges = powers in the national certification authority
label-role-nca-admin = administrator of the national certification authority
label-role-nca-manager = manager of the national certification authority
label-role-nca-operator = operator of the national certification authority
label-role-identification = identified in a way that is stated
label-role-identification-con = identified at a public service centre
label-role-identification-remote = identified remotely
label-role-identification-remote-digital-id = identified remotely by Digital ID
label-role-treasury-client = user of the Treasury-Client system
label-role-presidential-archive-employee = employee of the Archive of the President
label-role-central-archive-employee = employee of a central state archive
label-role-departmental-archive-employee = employee of a departmental archive
label-role-civil-servant = civil servant
label-usage-any = any use
label-usage-server-auth = proving who the server is (TLS)
label-usage-client-auth = proving who the client is (logging in)
label-usage-code-signing = signing programs
label-usage-email-protection = protecting e-mail (signing)
label-usage-time-stamping = making timestamps
label-usage-ocsp-signing = signing OCSP answers
label-policy-any = any policy
label-policy-root = root certification authority
label-policy-nca-regulations = regulations of the national certification authority
label-policy-nca = national certification authority
label-policy-organization-sign = signing keys of legal entities (earlier policy)
label-policy-organization-auth = login keys of legal entities (earlier policy)
label-policy-individual-sign = signing keys of individuals (earlier policy)
label-policy-individual-auth = login keys of individuals (earlier policy)
label-policy-tsa = timestamps
label-policy-tsa-gost-2004 = timestamps with GOST 34.310-2004
label-policy-tsa-rsa = timestamps with RSA
label-policy-tsa-gost-gt = timestamps with GOST GT
label-policy-tsa-gost-2015 = timestamps with GOST 34.10-2015
label-storage-pkcs12-file = a PKCS#12 file
label-mail-registered-subject = Application { $number } is registered
label-mail-registered = Your application is registered in the housing register of Almaty under the number { $number }. It will be decided by { $due }. The receipt and all steps of the case are shown where you filed it, with the access key that you were given then. This letter was sent automatically; answers to it are not read.
label-mail-notice-subject = Application { $number }: the notice is ready
label-mail-notice = The notice on your application { $number } is signed and comes with this letter: the signed original, and its picture as PDF. It is also shown where you filed the application, with the access key that you were given then. This letter was sent automatically; answers to it are not read.
label-mail-refused-subject = Application { $number } is refused
label-mail-refused = Your application { $number } is refused: the certificate that signed it had been revoked before the application was filed. The signed refusal is shown where you filed it, with the access key that you were given then. A new application can be filed with a certificate that is valid. This letter was sent automatically; answers to it are not read.
label-mail-offer-subject = Application { $number }: a dwelling is offered
label-mail-offer = By your place in the list (case { $number }) a dwelling is offered to you. The signed offer and its picture as PDF are attached; it names the last day for the answer. The offer is shown too where you filed the application. This letter was sent automatically; answers to it are not read.
label-mail-decision-subject = Application { $number }: decision to grant a dwelling
label-mail-decision = In case { $number } it was decided to grant you a dwelling. The signed decision and its picture as PDF are attached. This letter was sent automatically; answers to it are not read.
label-mail-offer-ended-subject = Application { $number }: the offer has ended
label-mail-offer-ended = In case { $number } the offer of a dwelling was taken back, or ended because your place in the list was changed. The case shows what was decided and why; it is shown where you filed the application. This letter was sent automatically; answers to it are not read.
label-mail-new-key-subject = Application { $number }: a new access key
label-mail-new-key = A new key to case { $number } was asked for and given; the former one opens the case no more. If that was neither you nor somebody who acts for you, tell the office. This letter was sent automatically; answers to it are not read.
label-mail-removal-subject = Application { $number }: removal from the register
label-mail-removal = You have been removed from the register of those in need of housing (case { $number }). The signed notice with the grounds and its picture as PDF are attached. This letter was sent automatically; answers to it are not read.
label-mail-limit-subject = Case { $number }: { $percent } % of the time is used ({ $limit })
label-mail-limit = In case { $number } { $percent } % of the time for this is used: { $limit }. It ends at { $due }. Take the step that the case waits for, or see to it that it is taken. This letter was sent automatically; answers to it are not read.
label-mail-over-subject = Case { $number }: the time is over ({ $limit })
label-mail-over = In case { $number } the time for this was over at { $due }: { $limit }. Take the step at once; the head has been told. This letter was sent automatically; answers to it are not read.
label-mail-escalated-subject = Case { $number } is late: { $limit }
label-mail-escalated = In case { $number } the time for this was over at { $due }, and it is not done: { $limit }. Whoever answers for it has been told; see to it that the step is taken. This letter was sent automatically; answers to it are not read.
label-mail-answer-subject = Application { $number }: your answer to the offer is awaited
label-mail-answer = In case { $number } a dwelling is offered to you. { $percent } % of the time for your answer is used; it ends at { $due }. Without an answer by then the dwelling can be offered to the next in the list. This letter was sent automatically; answers to it are not read.
label-mail-answer-over-subject = Application { $number }: the time for your answer is over
label-mail-answer-over = In case { $number } the time for your answer to the offer was over at { $due }; the dwelling can now be offered to the next in the list. Your place in the list stays as it is. This letter was sent automatically; answers to it are not read.
label-limit-registration = registration by the chancellery
label-limit-hand-over = hand-over to the specialist
label-limit-resolution = the official's resolution
label-limit-execution = examination up to the decision
label-limit-signature = signature of the result
label-limit-dispatch = dispatch to the centre
label-limit-issue = making the result ready for issue
label-limit-case = the whole case
label-limit-delivery = delivery of the result to the centre
label-limit-storage = storage of the result that nobody has fetched
label-limit-complaint = answer to the complaint
label-limit-offer-answer = answer to the offer
no-paper = This document has no paper: it is there only as it came.
    .remedy = Ask for it without Accept: application/pdf.
list-date = A list is dated on the day on which it is sent.
    .remedy = Write today's date and sign it again.
not-on-list = This case is not on the list over against which it is taken over.
    .remedy = Take over only what came with the list, and name the digest of that list.
holder-changed = The place of this case is another person's now.
    .remedy = Ask the Department for an extract.
label-check-title = Check of a paper of the housing register
label-check-languages = Languages
label-check-ask = Is this paper one of ours?
label-check-how = Scan the QR code of the paper, or type its number and the whole SHA-256, 64 letters and digits.
label-check-issued = Yes: the register issued this document.
label-check-compare = Compare kind, number and date with your paper. What the document says is told only by its original, the signed XML.
label-check-not-issued = No: the register did not issue a document with this number and this SHA-256.
label-check-not-issued-advice = Compare every letter with the paper. If they are the same, the paper is not one of ours: ask the Department.
label-check-malformed = This is no SHA-256 of a document.
label-check-again = Check a paper
label-check-number = Number
label-check-sha256 = SHA-256, as the paper has it
label-check-date = Date
label-check-kind = Document
label-check-submit = Check
label-check-receipt = Receipt of acceptance
label-check-refusal-receipt = Receipt of refusal to accept documents
label-check-return-letter = Letter of return
label-check-notice = Notice of registration or of refusal
label-check-queue-extract = Extract from the queue
label-check-granting-offer = Offer of a dwelling
label-check-granting-decision = Decision to grant a dwelling
label-check-removal-notice = Notice of removal from the register
label-check-courier-list = Courier list
label-check-unclaimed-register = Register of unclaimed results
label-check-agenda = Agenda of the housing commission
label-check-memo = Memo to the housing commission
label-check-minutes = Minutes of the housing commission
