-- What is owed by the register as a whole belongs to no case: there the application is NULL.
CREATE TABLE jobs_of_all (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  application TEXT REFERENCES applications (number),
  payload TEXT NOT NULL,
  -- waiting, dead
  state TEXT NOT NULL,
  not_before_us BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  -- Who works on it, and until when nobody else does.
  lease TEXT,
  lease_until_us BIGINT NOT NULL,
  last_error TEXT
);
INSERT INTO jobs_of_all SELECT id, kind, application, payload, state, not_before_us, attempts, lease, lease_until_us,
  last_error FROM jobs;
DROP TABLE jobs;
ALTER TABLE jobs_of_all RENAME TO jobs;
CREATE INDEX jobs_due ON jobs (kind, state, not_before_us);
