-- What clocks outside say of our checkpoints: cosignatures of witnesses, stamps of authorities.
--
-- Each is verified before it is kept, proves itself, and can be fetched again; losing one loses
-- evidence, not truth. `answerable witness` keeps them, as the sealer's role.

CREATE TABLE ledger.cosignatures (
    size    bigint      NOT NULL REFERENCES ledger.checkpoints,
    witness text        NOT NULL,
    seen_at timestamptz NOT NULL,
    line    text        NOT NULL,
    PRIMARY KEY (size, witness, seen_at)
);
COMMENT ON TABLE ledger.cosignatures IS
    'Cosignatures (c2sp.org/tlog-cosignature): the witness with this verifier key saw the '
    'checkpoint of this size at this time, by its own clock. `line` stands under the note.';
CREATE INDEX cosignatures_by_time ON ledger.cosignatures (seen_at);

CREATE TABLE ledger.stamps (
    size       bigint      NOT NULL REFERENCES ledger.checkpoints,
    authority  text        NOT NULL,
    stamped_at timestamptz NOT NULL,
    token      bytea       NOT NULL,
    PRIMARY KEY (size, authority, stamped_at)
);
COMMENT ON TABLE ledger.stamps IS
    'Time stamps (RFC 3161) over the text of the checkpoint of this size, without signatures: '
    'the whole response of the authority, as `openssl ts -verify` takes it.';
ALTER TABLE ledger.stamps ALTER COLUMN token SET STORAGE EXTERNAL;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.cosignatures
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.stamps
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

GRANT SELECT ON ledger.cosignatures, ledger.stamps TO answerable_app;
GRANT SELECT, INSERT ON ledger.cosignatures, ledger.stamps TO answerable_sealer;
