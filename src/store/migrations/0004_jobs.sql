-- Where an applicant wants to be told of the case. Letters name the case only; this is the one place of addresses.
CREATE TABLE contacts (
  application TEXT PRIMARY KEY REFERENCES applications (number),
  email TEXT NOT NULL
);

-- What is owed to others because of an event, written in the event's transaction. A row goes when it is done.
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  application TEXT NOT NULL REFERENCES applications (number),
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
CREATE INDEX jobs_due ON jobs (kind, state, not_before_us);
