-- A place in a list is a stretch of time: whose it is and in which list, from one event to another. What was true on
-- a past day stays here; another holder or list is another stretch with the same moment of filing.
CREATE TABLE places (
  application TEXT NOT NULL REFERENCES applications (number),
  -- The event by which it began.
  began BIGINT NOT NULL,
  category TEXT NOT NULL,
  -- Keyed digest of the holder's IIN.
  holder BYTEA NOT NULL,
  filed_us BIGINT NOT NULL,
  entered_us BIGINT NOT NULL,
  -- The greatest number while it lasts.
  left_us BIGINT NOT NULL,
  -- The event by which it ended; 0 while it lasts.
  ended BIGINT NOT NULL,
  PRIMARY KEY (application, began)
);
-- How many stand in a part of a list: from a place on, up to the next part. They follow from the places.
CREATE TABLE place_blocks (
  category TEXT NOT NULL,
  from_us BIGINT NOT NULL,
  from_number TEXT NOT NULL,
  waiting BIGINT NOT NULL,
  PRIMARY KEY (category, from_us, from_number)
);
-- How many places of a list, filed in one span of time, came in another, less those that went: for counts of past days.
-- Spans are of 2^42 microseconds, 51 days. They follow from the places.
CREATE TABLE place_changes (
  category TEXT NOT NULL,
  filed_span BIGINT NOT NULL,
  changed_span BIGINT NOT NULL,
  net BIGINT NOT NULL,
  PRIMARY KEY (category, filed_span, changed_span)
);
-- Who is named in an application, the applicant and the family, by keyed digest of the IIN.
CREATE TABLE persons (
  application TEXT NOT NULL REFERENCES applications (number),
  person_key BYTEA NOT NULL,
  PRIMARY KEY (application, person_key)
);
CREATE INDEX persons_key ON persons (person_key);
-- Order is by octets, as on SQLite, whatever the language of the database.
-- postgresql: ALTER TABLE events ALTER COLUMN application TYPE TEXT COLLATE "C";
-- postgresql: ALTER TABLE places ALTER COLUMN application TYPE TEXT COLLATE "C";
-- postgresql: ALTER TABLE place_blocks ALTER COLUMN from_number TYPE TEXT COLLATE "C";
-- postgresql: ALTER TABLE persons ALTER COLUMN application TYPE TEXT COLLATE "C";

INSERT INTO places (application, began, category, holder, filed_us, entered_us, left_us, ended)
SELECT entries.application,
  COALESCE((SELECT max(seq) FROM events
    WHERE events.application = entries.application AND kind = 'sign-notice'), 0),
  entries.category, applications.person_key, entries.filed_us, entries.registered_us,
  CASE WHEN entries.left_us = 0 THEN 9223372036854775807 ELSE entries.left_us END,
  CASE WHEN entries.left_us = 0 THEN 0 ELSE COALESCE((SELECT max(seq) FROM events
    WHERE events.application = entries.application AND kind IN ('grant', 'confirm-move')), 1) END
FROM queue_entries AS entries JOIN applications ON applications.number = entries.application;
DROP TABLE queue_entries;

CREATE UNIQUE INDEX places_now ON places (application) WHERE ended = 0;
CREATE INDEX places_order ON places (category, filed_us, application) WHERE ended = 0;
CREATE INDEX places_history ON places (category, filed_us, application, entered_us, left_us);
CREATE INDEX places_entered ON places (category, entered_us, filed_us);
CREATE INDEX places_left ON places (category, left_us, filed_us) WHERE ended <> 0;

INSERT INTO place_blocks (category, from_us, from_number, waiting)
SELECT category,
  CASE WHEN place = 1 THEN -1000000000000000000 ELSE filed_us END,
  CASE WHEN place = 1 THEN '' ELSE application END,
  CASE WHEN total - place < 1024 THEN total - place + 1 ELSE 1024 END
FROM (SELECT category, filed_us, application,
    row_number() OVER (PARTITION BY category ORDER BY filed_us, application) AS place,
    count(*) OVER (PARTITION BY category) AS total
  FROM places WHERE ended = 0) AS listed
WHERE (place - 1) % 1024 = 0;

INSERT INTO place_changes (category, filed_span, changed_span, net)
SELECT category, filed_span, changed_span, sum(net)
FROM (SELECT category, filed_us / 4398046511104 AS filed_span, entered_us / 4398046511104 AS changed_span, 1 AS net
    FROM places
  UNION ALL SELECT category, filed_us / 4398046511104, left_us / 4398046511104, -1 FROM places WHERE ended <> 0)
  AS changes
GROUP BY category, filed_span, changed_span;

INSERT INTO persons (application, person_key) SELECT number, person_key FROM applications;

-- The yearly inventory of the lists: the signed act that began it, and what was found of each place.
CREATE TABLE inventories (
  year BIGINT PRIMARY KEY,
  began_us BIGINT NOT NULL,
  actor_role TEXT NOT NULL,
  actor_certificate BYTEA NOT NULL,
  act BYTEA NOT NULL
);
CREATE TABLE inventory_findings (
  year BIGINT NOT NULL REFERENCES inventories (year),
  application TEXT NOT NULL REFERENCES applications (number),
  -- confirmed, needs-documents, removal
  finding TEXT NOT NULL,
  PRIMARY KEY (year, application)
);
-- postgresql: ALTER TABLE inventory_findings ALTER COLUMN application TYPE TEXT COLLATE "C";
