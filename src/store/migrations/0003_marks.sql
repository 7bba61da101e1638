-- What a database knows of the data folder that belongs to it.
CREATE TABLE marks (
  name TEXT PRIMARY KEY,
  value BYTEA NOT NULL
);
