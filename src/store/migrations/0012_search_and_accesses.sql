-- The centre of a case, for finding cases by it. Cases from before get it by a job, with their names.
ALTER TABLE applications ADD COLUMN centre TEXT;
CREATE INDEX applications_filed ON applications (filed_us, number);
CREATE INDEX applications_state ON applications (state, filed_us, number);
CREATE INDEX applications_category ON applications (category, filed_us, number);
CREATE INDEX applications_centre ON applications (centre, filed_us, number);

-- Beginnings of the words in the name of whose case it is, folded, by keyed digest: no name stands here. What is found
-- comes in the order of filing.
CREATE TABLE names (
  beginning BIGINT NOT NULL,
  filed_us BIGINT NOT NULL,
  application TEXT NOT NULL,
  PRIMARY KEY (beginning, filed_us, application)
) WITHOUT ROWID;
-- postgresql: ALTER TABLE names ALTER COLUMN application TYPE TEXT COLLATE "C";
-- Names stand in signed documents only, so a job reads each case from before.
INSERT INTO jobs (id, kind, application, payload, state, not_before_us, attempts, lease_until_us)
SELECT 'names-' || number, 'names', number, '{}', 'waiting', filed_us, 0, 0 FROM applications;

-- Which official looked at which data, when and why.
CREATE TABLE accesses (
  seq BIGINT PRIMARY KEY,
  at_us BIGINT NOT NULL,
  -- The number of the case, or of a refusal at a counter; empty for a search itself.
  application TEXT NOT NULL,
  -- case, document, paper, search, found
  what TEXT NOT NULL,
  -- The document's identifier; the criteria of a search by name, not by value.
  detail TEXT NOT NULL,
  -- The official by IIN, as cases have officials, and the part in which it was seen.
  official TEXT NOT NULL,
  role TEXT NOT NULL,
  centre TEXT NOT NULL,
  -- SHA-256 of the certificate that signed a search, and what tells its signing from others; empty otherwise.
  certificate BYTEA NOT NULL,
  signing BYTEA NOT NULL,
  why TEXT NOT NULL,
  prev_hash BYTEA NOT NULL,
  hash BYTEA NOT NULL
);
CREATE INDEX accesses_application ON accesses (application, seq);
-- A signed search is answered once.
CREATE UNIQUE INDEX accesses_signing ON accesses (signing) WHERE what = 'search';
CREATE TRIGGER accesses_no_update BEFORE UPDATE ON accesses BEGIN SELECT RAISE(ABORT, 'accesses are append-only'); END;
CREATE TRIGGER accesses_no_delete BEFORE DELETE ON accesses BEGIN SELECT RAISE(ABORT, 'accesses are append-only'); END;
-- postgresql: CREATE FUNCTION accesses_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'accesses are append-only'; END $$;
-- postgresql: CREATE TRIGGER accesses_no_update BEFORE UPDATE OR DELETE ON accesses FOR EACH ROW EXECUTE FUNCTION accesses_are_append_only();
-- postgresql: CREATE TRIGGER accesses_no_truncate BEFORE TRUNCATE ON accesses EXECUTE FUNCTION accesses_are_append_only();
