-- Whoever was refused for a revoked certificate has no open application any more.
DROP INDEX applications_open;
CREATE UNIQUE INDEX applications_open ON applications (person_key, category) WHERE state NOT IN
  ('notice-signed', 'letter-signed', 'sent-to-centre', 'at-centre', 'unclaimed', 'issued', 'notified', 'withdrawn', 'refused');
