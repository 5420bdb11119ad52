using Jobtree.Actors.Operations;

namespace Jobtree.Cli.Commands;

/// <summary>Goes on with the value of a result, or passes its problem on.</summary>
internal static class ResultExtensions
{
    /// <summary>Turns the value into another.</summary>
    public static async Task<Result<TTo>> Then<TFrom, TTo>(this Task<Result<TFrom>> pending, Func<TFrom, TTo> next) =>
        (await pending).Succeeded(out var value, out var problem) ? Results.Of(next(value)) : problem;

    /// <summary>Asks something more of the value.</summary>
    public static async Task<Result<TTo>> Then<TFrom, TTo>(
        this Task<Result<TFrom>> pending, Func<TFrom, Task<Result<TTo>>> next) =>
        (await pending).Succeeded(out var value, out var problem) ? await next(value) : problem;
}
