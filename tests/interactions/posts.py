"""A post, some likes, and what is read of them."""

TWEET = {
    "id": "1620000000000000101",
    "author_id": "7",
    "created_at": "2024-05-01T00:00:00Z",
    "text": "hi",
    "edit_history_tweet_ids": ["1"],
    "entities": {"hashtags": [{"tag": "A"}]},
}
LIKES = "user,page,page_name,liked_at,note\na,p,P,2024-05-01,x\nb,q,Q,2024-05-02,y\n"


def rows(log):
    assert log.n_rows == log.n_used + len(log.rejected)
    columns = ("account", "action", "content", "line")
    return list(zip(*(log.table[name].to_pylist() for name in columns), strict=True))


POST = [("7", "hashtag", "#a", 1), ("7", "text", '"hi"', 1)]
