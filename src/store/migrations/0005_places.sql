-- A place may leave its list: when, in microseconds; 0 while it is there.
ALTER TABLE queue_entries ADD COLUMN left_us BIGINT NOT NULL DEFAULT 0;
-- One open application of a person in a category: until it is answered by a signed notice or letter, or withdrawn.
DROP INDEX applications_open;
CREATE UNIQUE INDEX applications_open ON applications (person_key, category) WHERE state NOT IN
  ('notice-signed', 'letter-signed', 'sent-to-centre', 'at-centre', 'unclaimed', 'issued', 'notified', 'withdrawn');
