-- Applications that a counter did not take because documents were missing: its journal. There is no case.
CREATE TABLE refusals (
  id TEXT PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  centre TEXT NOT NULL,
  -- The inspector's signed act, and the sealed receipt.
  act_sha256 BYTEA NOT NULL UNIQUE,
  receipt_sha256 BYTEA NOT NULL
);
CREATE INDEX refusals_receipt ON refusals (receipt_sha256);
-- Whoever has a paper asks by the digest of its original.
CREATE INDEX documents_sha256 ON documents (sha256);
