-- When the clocks of a case are to be looked at next, and up to when their warnings were given. A row goes when no clock
-- runs; each step makes it due at once.
CREATE TABLE reminders (
  application TEXT PRIMARY KEY REFERENCES applications (number),
  at_us BIGINT NOT NULL,
  told_us BIGINT NOT NULL
);
CREATE INDEX reminders_due ON reminders (at_us);
-- Nobody is told of what went by before there were reminders.
INSERT INTO reminders (application, at_us, told_us)
  SELECT number, 0, (SELECT coalesce(max(at_us), 0) FROM events) FROM applications;
