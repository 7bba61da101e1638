-- Offers of dwellings, of all cases at once; what each says stands in its case. A register from before has none that
-- names a dwelling by its cadastral number.
CREATE TABLE offers (
  application TEXT NOT NULL REFERENCES applications (number),
  -- From 0, within the case.
  ordinal BIGINT NOT NULL,
  cadastral_number TEXT NOT NULL,
  -- unconfirmed, open, agreed, refused, ended
  standing TEXT NOT NULL,
  -- Last moment for the answer to an open one; 0 otherwise.
  until_us BIGINT NOT NULL,
  PRIMARY KEY (application, ordinal)
);
CREATE INDEX offers_dwelling ON offers (cadastral_number);
CREATE INDEX offers_standing ON offers (standing, until_us);
