-- Who may take the applicant's steps in a case: by keyed digest of the IIN, until the last day of the power of attorney
-- (a date in Almaty). Cases from before have none: their representative stands in the form alone.
CREATE TABLE representatives (
  application TEXT PRIMARY KEY REFERENCES applications (number),
  person_key BYTEA NOT NULL,
  until TEXT NOT NULL
);
