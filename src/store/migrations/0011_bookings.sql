-- The electronic queue of a centre: tickets of a day. No person stands here, so rows may stay when the day is over.
CREATE TABLE bookings (
  id TEXT PRIMARY KEY,
  centre TEXT NOT NULL,
  -- The date in Almaty.
  day TEXT NOT NULL,
  -- booked, walk-in
  kind TEXT NOT NULL,
  -- Counted from 1 among the tickets of its kind on that day.
  number BIGINT NOT NULL,
  -- When the slot begins, and which of the places at that time it takes.
  slot_us BIGINT NOT NULL,
  place BIGINT NOT NULL,
  -- waiting, called, served, not-come, cancelled, lapsed
  state TEXT NOT NULL,
  made_us BIGINT NOT NULL,
  -- When its holder was there; 0 while nobody said so.
  arrived_us BIGINT NOT NULL,
  -- When and to which desk it was called, and when it was said what came of it; 0 until then.
  called_us BIGINT NOT NULL,
  desk BIGINT NOT NULL,
  ended_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX bookings_number ON bookings (centre, day, kind, number);
-- One ticket has a place of a slot, until it is called or cancelled.
CREATE UNIQUE INDEX bookings_place ON bookings (centre, slot_us, place) WHERE state = 'waiting';
CREATE INDEX bookings_open ON bookings (slot_us) WHERE state IN ('waiting', 'called');

-- Whose booking it is, by keyed digest of the IIN, and the digest of the key that opens it. A row goes with the day of
-- its slot.
CREATE TABLE booking_holders (
  booking TEXT PRIMARY KEY REFERENCES bookings (id),
  person_key BYTEA NOT NULL,
  key_sha256 BYTEA NOT NULL,
  slot_us BIGINT NOT NULL,
  made_us BIGINT NOT NULL,
  -- 1 while the booking is waiting or called.
  is_open BIGINT NOT NULL
);
CREATE UNIQUE INDEX booking_holders_open ON booking_holders (person_key) WHERE is_open = 1;
CREATE INDEX booking_holders_person ON booking_holders (person_key, made_us);
CREATE INDEX booking_holders_slot ON booking_holders (slot_us);
