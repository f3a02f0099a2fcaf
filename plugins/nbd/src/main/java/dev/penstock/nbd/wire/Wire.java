package dev.penstock.nbd.wire;

/**
 * Magic numbers, flags and sizes, as the NBD protocol document (doc/proto.md) names them.
 * Everything on the wire is big-endian, which is what a ByteBuf does by itself.
 */
public final class Wire {
  private Wire() {}

  // "Newstyle negotiation"
  public static final long NBDMAGIC = 0x4e42444d41474943L;
  public static final long IHAVEOPT = 0x49484156454f5054L;
  public static final int GREETING_BYTES = 8 + 8 + 2;
  public static final int CLIENT_FLAGS_BYTES = 4;

  // "Handshake flags"; the client's flags have the same bits
  public static final int FLAG_FIXED_NEWSTYLE = 1;
  public static final int FLAG_NO_ZEROES = 1 << 1;

  // "Fixed newstyle negotiation": option header and option reply
  public static final int OPTION_HEADER_BYTES = 8 + 4 + 4;
  public static final long OPTION_REPLY_MAGIC = 0x0003e889045565a9L;
  public static final int REP_ACK = 1;
  public static final int REP_SERVER = 2;
  public static final int REP_INFO = 3;
  public static final int REP_META_CONTEXT = 4;

  /** The reserved zeroes after the answer to EXPORT_NAME. */
  public static final int EXPORT_NAME_ZEROES_BYTES = 124;

  // "Option types", information of INFO and GO
  public static final int INFO_EXPORT = 0;
  public static final int INFO_NAME = 1;
  public static final int INFO_DESCRIPTION = 2;
  public static final int INFO_BLOCK_SIZE = 3;

  /** "Values": a string on the wire has at most so many bytes. */
  public static final int STRING_BYTES_MAX = 4096;

  // "Transmission flags"
  public static final int EXPORT_HAS_FLAGS = 1;
  public static final int EXPORT_READ_ONLY = 1 << 1;
  public static final int EXPORT_SEND_FLUSH = 1 << 2;
  public static final int EXPORT_SEND_FUA = 1 << 3;
  public static final int EXPORT_ROTATIONAL = 1 << 4;
  public static final int EXPORT_SEND_TRIM = 1 << 5;
  public static final int EXPORT_SEND_WRITE_ZEROES = 1 << 6;
  public static final int EXPORT_SEND_DF = 1 << 7;
  public static final int EXPORT_CAN_MULTI_CONN = 1 << 8;

  /** Branch extension-resize. */
  public static final int EXPORT_SEND_RESIZE = 1 << 9;

  public static final int EXPORT_SEND_CACHE = 1 << 10;
  public static final int EXPORT_SEND_FAST_ZERO = 1 << 11;

  /** Branch extension-ext-header. */
  public static final int EXPORT_BLOCK_STATUS_PAYLOAD = 1 << 12;

  // "Oldstyle negotiation"
  public static final long OLD_STYLE_MAGIC = 0x0000_4202_8186_1253L;
  public static final int OLD_STYLE_ZEROES_BYTES = 124;

  /** What the size of an old-style device is a multiple of. */
  public static final int OLD_STYLE_SECTOR_BYTES = 512;

  // "Request message"
  public static final int REQUEST_MAGIC = 0x25609513;
  public static final int REQUEST_BYTES = 4 + 2 + 2 + 8 + 8 + 4;
  public static final int CMD_FLAG_FUA = 1;
  public static final int CMD_FLAG_NO_HOLE = 1 << 1;
  public static final int CMD_FLAG_DF = 1 << 2;
  public static final int CMD_FLAG_REQ_ONE = 1 << 3;
  public static final int CMD_FLAG_FAST_ZERO = 1 << 4;

  // "Request message", extended: branch extension-ext-header
  public static final int EXTENDED_REQUEST_MAGIC = 0x21e41c71;
  public static final int EXTENDED_REQUEST_BYTES = 4 + 2 + 2 + 8 + 8 + 8;
  public static final int CMD_FLAG_PAYLOAD_LEN = 1 << 5;

  /** What says which contexts a BLOCK_STATUS is about: a length, then one number for each. */
  public static final int STATUS_PAYLOAD_LENGTH_BYTES = 8;

  public static final int CONTEXT_ID_BYTES = 4;

  // "Simple reply message"
  public static final int SIMPLE_REPLY_MAGIC = 0x67446698;
  public static final int SIMPLE_REPLY_BYTES = 4 + 4 + 8;

  // "Structured reply chunk message"
  public static final int STRUCTURED_REPLY_MAGIC = 0x668e33ef;
  public static final int CHUNK_BYTES = 4 + 2 + 2 + 8 + 4;
  public static final int CHUNK_FLAG_DONE = 1;
  public static final int CHUNK_NONE = 0;
  public static final int CHUNK_OFFSET_DATA = 1;
  public static final int CHUNK_OFFSET_HOLE = 2;
  public static final int CHUNK_BLOCK_STATUS = 5;
  public static final int CHUNK_BLOCK_STATUS_EXT = 6;
  public static final int CHUNK_ERROR = (1 << 15) + 1;

  // "Extended reply chunk message": branch extension-ext-header
  public static final int EXTENDED_REPLY_MAGIC = 0x6e8a278c;
  public static final int EXTENDED_CHUNK_BYTES = 4 + 2 + 2 + 8 + 8 + 8;

  // "base:allocation" metadata context
  public static final int STATE_HOLE = 1;
  public static final int STATE_ZERO = 1 << 1;

  /** "Block size constraints": what every client may use without asking. */
  public static final int PAYLOAD_BYTES_PORTABLE = 32 << 20;

  /** "Structured reply types": a block status chunk has no more descriptors than this. */
  public static final int EXTENTS_PORTABLE = 1 << 20;

  /** DF: "the server MUST be able to satisfy" reads up to this size in one chunk. */
  public static final int DF_BYTES_PORTABLE = 65_536;
}
