using Microsoft.Extensions.Logging;

namespace Jobtree.Silo.Journals.Redis;

/// <content>What the queue logs.</content>
internal sealed partial class AppendQueue
{
    [LoggerMessage(Level = LogLevel.Error,
        Message =
        "{Reason} Nothing new is decided until Redis takes records again; what it has not answered yet is sent again " +
        "then.")]
    private partial void Left(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "An answer of Redis could not be dealt with; it is tried again.")]
    private partial void Stumbled(Exception failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis takes records.")]
    private partial void Back();

    [LoggerMessage(Level = LogLevel.Warning,
        Message =
        "Record {Sequence} of {Actor} was refused: Redis has its records up to {Last} from another activation. This " +
        "activation ends.")]
    private partial void Fenced(string actor, long sequence, long last);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Actor} is not new: Redis has its records up to {Last}.")]
    private partial void NotNew(string actor, long last);

    [LoggerMessage(Level = LogLevel.Critical,
        Message =
        "Redis has lost records that it had kept: the journal of {Actor} ends with {Last}, and it was acknowledged " +
        "up to {Acknowledged}. What was decided in them is gone. Redis was restarted without its append-only file, " +
        "or failed over to a replica that was behind.")]
    private partial void Lost(string actor, long last, long acknowledged);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "Closing: {Records} records were not answered by Redis; whether they are kept is not known.")]
    private partial void Abandoned(long records);
}
