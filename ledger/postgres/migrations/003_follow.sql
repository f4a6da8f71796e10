-- Where each follower of the log has got to. It belongs to the service: a follower stores its
-- position in the transaction that does its work.

CREATE SCHEMA follow AUTHORIZATION answerable_app;
SET ROLE answerable_app;

CREATE TABLE follow.positions (
    name     text   PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0,
    held_at  bigint,  -- the entry that it cannot process, if there is one
    held_why text
);
