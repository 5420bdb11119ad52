namespace Jobtree.Core.Model;

/// <summary>What an envelope allows before its window opens.</summary>
public sealed record PreActivation
{
    /// <summary>A run that only this window can fund may hold a reservation for the opening.</summary>
    public bool AllowReservations { get; init; }

    /// <summary>A run may start early with its claim here, unfunded until the window opens.</summary>
    public bool AllowAdmission { get; init; }
}
