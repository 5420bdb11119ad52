namespace Jobtree.Journal;

/// <summary>What a frame holds. The values are the fourth byte on disk.</summary>
internal enum FrameKind : byte
{
    /// <summary>A record of an actor, in a segment.</summary>
    Record = (byte)'R',

    /// <summary>Says that everything before it was made durable, in a segment.</summary>
    Mark = (byte)'M',

    /// <summary>The last frame of a segment that is continued in the next one.</summary>
    Seal = (byte)'S',

    /// <summary>The state of an actor, in a snapshot.</summary>
    State = (byte)'A',

    /// <summary>The last frame of a snapshot.</summary>
    End = (byte)'E',
}
