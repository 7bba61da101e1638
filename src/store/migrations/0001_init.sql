CREATE TABLE applications (
  number TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  case_json TEXT NOT NULL,
  category TEXT NOT NULL,
  language TEXT NOT NULL,
  person_key BYTEA NOT NULL,
  filed_us BIGINT NOT NULL,
  due TEXT NOT NULL,
  document_sha256 BYTEA NOT NULL UNIQUE
);
-- One open application of a person in a category: a case closes with its notice.
CREATE UNIQUE INDEX applications_open ON applications (person_key, category) WHERE state <> 'notified';

CREATE TABLE documents (
  id TEXT PRIMARY KEY,
  application TEXT NOT NULL REFERENCES applications (number),
  kind TEXT NOT NULL,
  file_name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size BIGINT NOT NULL,
  sha256 BYTEA NOT NULL
);
CREATE INDEX documents_application ON documents (application);

CREATE TABLE events (
  seq BIGINT PRIMARY KEY,
  at_us BIGINT NOT NULL,
  application TEXT NOT NULL REFERENCES applications (number),
  kind TEXT NOT NULL,
  actor_role TEXT NOT NULL,
  actor_certificate BYTEA NOT NULL,
  body TEXT NOT NULL,
  prev_hash BYTEA NOT NULL,
  hash BYTEA NOT NULL
);
CREATE INDEX events_application ON events (application);
CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TABLE counters (
  office TEXT NOT NULL,
  year BIGINT NOT NULL,
  last BIGINT NOT NULL,
  PRIMARY KEY (office, year)
);

CREATE TABLE queue_entries (
  application TEXT PRIMARY KEY REFERENCES applications (number),
  category TEXT NOT NULL,
  filed_us BIGINT NOT NULL,
  registered_us BIGINT NOT NULL
);
CREATE INDEX queue_order ON queue_entries (category, filed_us, application);

CREATE TABLE idempotency_keys (
  key TEXT PRIMARY KEY,
  request_sha256 BYTEA NOT NULL,
  application TEXT NOT NULL REFERENCES applications (number)
);

CREATE TABLE access_keys (
  application TEXT PRIMARY KEY REFERENCES applications (number),
  salt BYTEA NOT NULL,
  sha256 BYTEA NOT NULL
);
