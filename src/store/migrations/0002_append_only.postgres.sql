-- What SQLite has from 0001: nobody changes or removes an event.
CREATE FUNCTION events_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'events are append-only';
END $$;
CREATE TRIGGER events_no_update BEFORE UPDATE OR DELETE ON events
  FOR EACH ROW EXECUTE FUNCTION events_are_append_only();
-- SQLite has no TRUNCATE.
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events EXECUTE FUNCTION events_are_append_only();

-- Order is by octets, as on SQLite, whatever the language of the database.
ALTER TABLE applications ALTER COLUMN number TYPE TEXT COLLATE "C";
ALTER TABLE queue_entries ALTER COLUMN application TYPE TEXT COLLATE "C";

-- Whoever writes locks this row first (store/database.rs).
CREATE TABLE writer (id BIGINT PRIMARY KEY);
INSERT INTO writer (id) VALUES (1);
