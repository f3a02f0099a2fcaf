package dev.penstock.replication.model.handoff;

/** The rules of DESIGN.md, by the names that it gives them. Each can be switched off. */
enum Rule {
  /** What acknowledges another migration's last difference decides nothing. */
  READY_IS_FOR_THIS_MIGRATION,
  /** Nor what acknowledges another snapshot than the last. */
  READY_NAMES_THE_LAST,
  /** Another migration's LAST makes nothing ready. */
  LAST_IS_FOR_THIS_MIGRATION,
  /** Another migration's COMMIT makes nobody owner. */
  COMMIT_IS_FOR_THIS_MIGRATION,
  /** Another migration's ABORT, or the answer that it came to nothing, drops nothing. */
  ABORT_IS_FOR_THIS_MIGRATION,
  /** Another migration's confirmation confirms nothing. */
  COMMITTED_IS_FOR_THIS_MIGRATION,
  /** Every offer uses up an epoch above all that were ever recorded. */
  EPOCH_IS_USED_ONCE,
  /** What is offered is not offered to another. */
  ONE_MIGRATION,
  /** Who thaws has aborted before: the migration is never taken up again. */
  THAW_ABORTS,
  /** The source decides only on the word that everything is there. */
  DECIDE_ON_READY,
  /** What is decided is not aborted. */
  DECIDED_IS_FINAL,
  /** What is complete is not cancelled at the destination. */
  PREPARED_STAYS,
  /** The destination does not promote itself. */
  PREPARED_WAITS,
  /** The destination asks until it is answered. */
  DESTINATION_ASKS,
  /** Where nothing is known nothing is answered. */
  NO_RECORD_NO_ANSWER,
  /** Nor where the record is older than what is asked after. */
  OLD_RECORD_NO_ANSWER,
  /** The record stays when the copy goes. */
  RECORD_OUTLIVES_COPY,
  /** What comes to nothing leaves the record as it was before. */
  RECORD_BEFORE_COMES_BACK,
  /** The same offer again changes nothing. */
  OFFER_AGAIN_IS_NOTHING,
  /** A difference is applied on its base only. */
  BASE_FITS,
  /** The copy is unlinked only when the destination has confirmed that it owns it. */
  UNLINK_WHEN_GONE,
  /** What is given away and not confirmed is not forwarded yet. */
  FORWARD_WHEN_GONE,
  /** What comes back is forwarded to where it was until it is here. */
  RECEIVER_FORWARDS,
  /** A request ends with its client's connection. */
  REQUEST_ENDS_WITH_CLIENT,
  /** Only what is complete can be taken by force. */
  FORCE_WHEN_PREPARED,
  /** What is offered, or comes, stops nobody. */
  OWNER_FENCES,
  /** Who took it by force tells the one he took it from, until he is answered. */
  FORCE_IS_TOLD,
  /** And hands it over to nobody before. */
  FORCE_SETTLES_FIRST
}
