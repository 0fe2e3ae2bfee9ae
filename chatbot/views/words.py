"""Every word the page says, in one table, so that a second language is one more instance.

Knows no HTML and no page; fields ending in a brace pair are filled in with ``str.format``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The page's vocabulary; the defaults are English."""

    language: str = "en"  # of the page, as a BCP 47 tag
    language_name: str = "English"
    title: str = "Quoth"

    # Library
    library: str = "Library"
    add: str = "Add documents"
    drop: str = "or drop files anywhere"
    sending_one: str = "Sending 1 file …"
    sending: str = "Sending {count} files …"
    left_out: str = "Left out, larger than {limit} MB: {names}"
    find_documents: str = "Find a document"
    no_document: str = "No document has this name."
    yours: str = "Yours"
    yours_empty: str = "Nothing here yet. What you add is seen by you alone."
    shared_empty: str = "Nothing here yet. What you add is seen by everybody."
    samples: str = "Samples"
    shared: str = "shared, read-only"
    read_only: str = "· read-only"
    ask_shared: str = "Look in the shared documents too"
    waiting: str = "waiting"
    reading: str = "reading, {percent} %"
    indexing: str = "{percent} %"
    ready: str = "ready · {pages}"
    ready_with_warnings: str = "ready, with a warning · {pages}"
    seconds_left: str = "about {count} s left"
    minutes_left: str = "about {count} min left"
    failed_why: str = "failed: {reason}"
    reasons: str = ""  # by state, where the parser's own, which is English, will not do
    cancelled: str = "cancelled"
    cancel: str = "Cancel"
    retry: str = "Try again"
    dismiss: str = "Dismiss"
    replaced: str = "took the place of the earlier version"
    same_file: str = "the same file as {name}"
    one_page: str = "1 page"
    pages: str = "{count} pages"
    remove: str = "Remove"
    remove_sure: str = "Remove {name} for good"

    # Conversation
    conversation: str = "Conversation"
    new_conversation: str = "New conversation"
    placeholder: str = "Ask something …"
    send: str = "Ask"
    welcome: str = "Ask your documents."
    welcome_more: str = (
        "Every answer is a quotation, marked where it stands. "
        "When the documents do not say, neither does Quoth."
    )
    welcome_note: str = ""  # what this language's reader must know before the first question
    try_one: str = "Try one of these"
    looking: str = "Searching …"
    reading_of: str = "Reading {number} of {count} …"
    page: str = "page {number}"
    very_likely: str = "very likely"
    likely: str = "likely"
    possible: str = "possible"
    answers: str = "{count} answers"
    one_other: str = "1 other candidate"
    others: str = "{count} other candidates"
    not_found: str = "I could not find that in your documents."
    still_read: str = (
        "Some documents were still being read when you asked: ask again when they are ready."
    )
    closest: str = "The closest passages:"
    nothing_close: str = "There is nothing to look in here yet. Add a document in the library."
    too_long: str = (
        "That question has {count} characters; {limit} is the most. Shorten it and ask again."
    )
    trouble: str = "That went wrong here: {reason}. Ask again, or reload the page."
    deleted_meanwhile: str = (
        "This conversation was deleted while your question was answered, so it was not kept."
    )
    stranger: str = "This page does not know you any more. Reload it and try again."
    server_lost: str = "The server does not answer. This page goes on by itself when it does."
    you_asked: str = "You asked: {question}"
    earlier_questions: str = "Earlier questions ({count})"

    # Follow-ups
    read_as: str = "read as: {question}"
    ask_as_typed: str = "Ask as typed"

    # Conversations
    chats: str = "Conversations"
    find_chats: str = "Find in conversations"
    no_chats_found: str = "No conversation holds these words."
    one_question: str = "1 question"
    questions: str = "{count} questions"
    more: str = "More"
    close: str = "Close"
    chat_title: str = "Title"
    export_markdown: str = "Save as Markdown"
    export_json: str = "Save as JSON"
    delete_chat: str = "Delete"
    delete_chat_sure: str = "Delete for good"
    earlier_chats: str = "{count} earlier"
    delete_chats: str = "Delete all"
    delete_chats_sure: str = "Delete all my conversations for good"

    # Source
    source: str = "Source"
    source_empty: str = "The page that holds the answer opens here."
    opening: str = "Opening …"
    previous_page: str = "Previous page"
    next_page: str = "Next page"
    page_label: str = "p."
    page_of: str = "of {count}"
    page_number: str = "Page number, from 1 to {count}"
    as_text: str = "Text"
    as_page: str = "Page"
    picture_of: str = "Page {number} of {name}"
    text_before: str = "… what comes before"
    text_after: str = "what comes next …"
    gone: str = "That document is no longer here, or has a newer version. Ask again."
    mark: str = "{number} of {count} marks"
    many_marks: str = "{number} of more than {count} marks"
    other_mark: str = "other candidate"
    previous_mark: str = "previous"
    next_mark: str = "next"
    to_mark: str = "back to the mark"

    # Documents and collections
    everyones: str = "Shared"
    shared_by_you: str = "with everybody"
    one_passage: str = "1 passage"
    passages: str = "{count} passages"
    added: str = "added {day}"
    language_names: str = (
        "en=English|de=German|fr=French|es=Spanish|it=Italian|pt=Portuguese|nl=Dutch|sv=Swedish|"
        "da=Danish|no=Norwegian|fi=Finnish|pl=Polish|cs=Czech|hu=Hungarian|ro=Romanian|"
        "tr=Turkish|ru=Russian|uk=Ukrainian|zh=Chinese|ja=Japanese|ko=Korean|el=Greek|"
        "ar=Arabic|he=Hebrew|th=Thai|hi=Hindi"
    )
    collection: str = "Collection"
    everything: str = "All documents"
    new_collection: str = "New collection"
    collection_name: str = "Name of the collection"
    make: str = "Make"
    rename: str = "Rename"
    rename_collection: str = "Rename {name}"
    remove_collection: str = "Remove {name} with all documents in it, for good"
    collection_gone: str = "That collection is no longer here."
    title_taken: str = "You have a collection {name} already. Choose another name."
    new: str = "New"
    in_collection: str = "in {name}"
    paste: str = "or paste text"
    paste_name: str = "Name (may be empty)"
    paste_text: str = "Text"
    paste_add: str = "Add text"

    # People
    visitor: str = "Visitor"
    owner: str = "{name}, owner"
    sign_in: str = "Sign in"
    starts_anew: str = "Signing in does not take along what you have added here."
    sign_out: str = "Sign out"
    sign_out_of: str = "Sign out ({})"  # filled in by Gradio
    user_name: str = "Name"
    password: str = "Password"
    wrong_password: str = "Name and password do not belong together."
    no_server: str = "The server does not answer; try again in a while."
    signed_out: str = "You are not signed in any more. Reload the page."
    not_vouched: str = (
        "You were not signed in: Hugging Face gave no good answer. Try again in a while."
    )
    back: str = "Back to Quoth"
    not_kept: str = "This browser keeps no sign-in inside another site's page."
    open_alone: str = "Open Quoth by itself and sign in there"
    no_cookies: str = (
        "If Quoth is open by itself already, this browser keeps no cookies: "
        "allow them for this page and sign in again."
    )

    # Teaching
    is_right: str = "This is right"
    is_wrong: str = "This is wrong"
    is_absent: str = "Right: it is not in my documents"
    is_there: str = "It is in my documents"
    thanks: str = "Thank you."
    thanks_absent: str = "Thank you. It is not in your documents, then."
    thanks_here: str = "Thank you. You showed where the right answer stands."
    show_again: str = "Show it again"
    where_instead: str = "Thank you. Where is it?"
    is_elsewhere: str = "It is somewhere else"
    is_absent_too: str = "It is not in my documents"
    select_words: str = "Select the right words in the text below."
    right_words: str = "The right words, selected or typed"
    is_here: str = "The right answer is here"
    leave: str = "Cancel"
    nothing_selected: str = "Select the right words in the text below, or type them here."
    words_not_there: str = (
        "These words are not in {name}. Select them in the text, or open another document."
    )
    too_many_words: str = "Select only the words that answer, {limit} characters at most."

    # Troubles
    no_space: str = "The disk here is full, so that was not done. What was there before is kept."
    not_writable: str = "This library can only be read at present, so that was not done."
    library_busy: str = "The library is busy just now. Try again in a while."

    # Limits
    too_many_questions: str = "You have asked {limit} questions within a minute; wait {count} s."
    too_many_uploads: str = "You have added {limit} files within an hour; wait {count} min."
    too_many_at_once: str = "You chose {count} files; {limit} at once is the most."
    too_many_files: str = (
        "That would make {count} documents; {limit} is the most. Remove one and try again."
    )
    too_many_megabytes: str = (
        "That would make {count} MB; {limit} MB is the most. Remove a document and try again."
    )
    too_large_text: str = "That text has {count} MB; {limit} MB is the most."
    too_many_logins: str = "That name was tried too often; wait {count} s."
    too_many_questions_here: str = (
        "{limit} questions came from your address within a minute; wait {count} s."
    )
    too_many_visitors_here: str = (
        "{limit} new visitors came from your address within an hour; wait {count} min."
    )
    too_many_uploads_here: str = (
        "{limit} files came from your address within an hour; wait {count} min."
    )
    too_many_megabytes_here: str = (
        "More than {limit} MB would come from your address within an hour; wait {count} min."
    )
    too_many_collections: str = "You have {limit} collections, which is the most."


ENGLISH = Words()
