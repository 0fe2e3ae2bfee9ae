"""Every word the page says, in Chinese (simplified characters).

Knows no HTML and no page. A test holds it to the fields of ``Words`` and to their braces.
"""

from __future__ import annotations

from chatbot.words import Words

CHINESE = Words(
    language="zh-Hans",
    language_name="中文",
    title="Quoth",
    # Library
    library="文档库",
    add="添加文档",
    drop="也可以把文件拖到页面任意处",
    yours="我的文档",
    yours_empty="这里还没有文档。您添加的文档只有您自己能看到。",
    samples="示例文档",
    shared="共享，只读",
    ask_shared="同时在示例文档中查找",
    waiting="等待中",
    reading="正在读取 {percent}%",
    indexing="{percent}%",
    ready="就绪 · {pages}",
    ready_with_warnings="就绪，有一处提醒 · {pages}",
    seconds_left="大约还需 {count} 秒",
    minutes_left="大约还需 {count} 分钟",
    failed="失败",
    cancelled="已取消",
    cancel="取消",
    retry="重试",
    dismiss="移出列表",
    replaced="已取代先前的版本",
    same_file="与 {name} 是同一个文件",
    one_page="1 页",
    pages="{count} 页",
    remove="删除",
    remove_sure="永久删除 {name}",
    # Conversation
    conversation="对话",
    new_conversation="新对话",
    placeholder="请输入问题……",
    send="提问",
    welcome="向您的文档提问。",
    welcome_more="每个回答都是原文引述，并在出处标出。文档里没有的，Quoth 不会编造。",
    welcome_note="目前的阅读模型以英文训练：中文文档可以查找和查看，但还很少能直接给出答案。",
    try_one="试试这些问题（示例文档为英文）",
    looking="正在查找……",
    page="第 {number} 页",
    very_likely="很有把握",
    likely="较有把握",
    possible="有可能",
    one_other="另有 1 个候选答案",
    others="另有 {count} 个候选答案",
    not_found="在您的文档中没有找到答案。",
    closest="最接近的段落：",
    nothing_close="还没有可以查找的文档，请先添加文档。",
    too_long="这个问题有 {count} 个字符，最多 {limit} 个。请缩短后再问。",
    trouble="这里出错了：{reason}。请再问一次，或重新加载页面。",
    stranger="页面已不认识您。请重新加载后再问。",
    you_asked="您的问题",
    # Source
    source="出处",
    source_empty="答案所在的那一页会在这里打开。",
    previous_page="上一页",
    next_page="下一页",
    short_page="第 {number} 页，共 {count} 页",
    as_text="文字",
    as_page="页面",
    picture_of="{name} 第 {number} 页",
    gone="这份文档已经不在了。",
)
